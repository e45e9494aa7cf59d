using LlavaMod.Data;
using LlavaMod.Teachers;

namespace LlavaMod.Training;

/// <summary>The samples that go through the model at once, ready for the device: everything here is host memory.</summary>
/// <param name="SampleIds">One id a sample, for messages.</param>
/// <param name="Sequences">Supervised samples, or the chosen answers of preference pairs.</param>
/// <param name="Rejected">The rejected answers of the same pairs, or null.</param>
/// <param name="Images">The samples' images, in order; the rejected answers look at the same ones.</param>
public sealed record MicroBatch(
    IReadOnlyList<string> SampleIds, SplicedBatch Sequences, SplicedBatch? Rejected, IReadOnlyList<PreparedImage> Images)
{
    /// <summary>Real tokens, image tokens included.</summary>
    public int Tokens => Sequences.Tokens + (Rejected?.Tokens ?? 0);

    /// <summary>What a cache holds of the teacher at the response positions; null where the teacher is asked, or there is none.</summary>
    public SparseBatch? Teacher { get; init; }
}

/// <summary>One image as the tower takes it.</summary>
/// <param name="Key">Equal for equal images of one run: under it, features of a frozen tower are kept.</param>
/// <param name="Pixels">Normalised values, [3, S, S].</param>
public sealed record PreparedImage(string Key, float[] Pixels);
