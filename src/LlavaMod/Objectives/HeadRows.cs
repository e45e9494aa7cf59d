using LlavaMod.Models;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// Positions whose logits are computed a chunk at a time: kept for all of them, logits would be most of a step's memory.
/// </summary>
/// <param name="Hidden">Hidden states after the last norm, [N, D].</param>
/// <param name="Weight">The output projection, [V, D].</param>
internal sealed record HeadRows(Tensor Hidden, Tensor Weight) : ITeacherRows
{
    // Logits of a chunk, 64 MiB in 16 bits, 128 in 32: the weights are read, and their gradient is read and written, once a chunk.
    private const long MostElements = 1 << 25;

    /// <summary>N.</summary>
    public long Count => Hidden.Size(0);

    /// <summary>How many positions make a chunk: chunks are of about one size.</summary>
    public long ChunkSize { get; init; } = ChunkOf(Hidden.Size(0), Weight.Size(0));

    /// <summary>How many positions make a <see cref="TokenBlock"/>.</summary>
    public long BlockSize { get; init; } = TokenBlock.Size(Weight.Size(0), Hidden.Device);

    /// <summary>Logits of some positions, [count, V], in the model's type.</summary>
    public Tensor Logits(long start, long count) => Linear.Product(Hidden.Narrow(0, start, count), Weight);

    /// <inheritdoc/>
    public TeacherChunk Chunk(long start, long count) => new(Logits(start, count));

    /// <summary>How many of some positions make a chunk of logits over some words.</summary>
    public static long ChunkOf(long count, long words)
    {
        long most = Math.Max(1, MostElements / words);
        long chunks = Math.Max(1, (count + most - 1) / most);
        return Math.Max(1, (count + chunks - 1) / chunks);
    }

    /// <summary>Parts of at most <paramref name="size"/> of the positions from <paramref name="start"/> to <paramref name="end"/>.</summary>
    public static IEnumerable<(long Start, long Count)> Cut(long start, long end, long size)
    {
        for (; start < end; start += size) yield return (start, Math.Min(size, end - start));
    }
}
