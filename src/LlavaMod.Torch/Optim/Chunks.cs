namespace LlavaMod.Torch.Optim;

/// <summary>
/// A pass over the elements of many tensors, cut into chunks of fixed length that are shared out among the threads: what is computed for a chunk
/// depends on nothing else, so the result is the same bit for bit with any number of threads.
/// </summary>
internal sealed class Chunks
{
    // 256 kB of Float32: far more than handing one out costs, and small enough that the last ones end together.
    private const int Length = 1 << 16;

    private readonly List<(int Tensor, long Start, int Count)> chunks = [];
    private long elements;

    /// <summary>How many chunks there are.</summary>
    public int Count => chunks.Count;

    /// <summary>Adds the chunks of the next tensor.</summary>
    public void Add(int tensor, long length)
    {
        elements += length;
        for (long start = 0; start < length; start += Length) chunks.Add((tensor, start, (int)Math.Min(Length, length - start)));
    }

    /// <summary>Runs the pass, given a chunk's number, its tensor, its first element and its length.</summary>
    public void Run(Action<int, int, long, int> pass)
    {
        int threads = elements > Length ? TorchRuntime.Threads : 1;
        if (threads == 1)
        {
            for (int i = 0; i < chunks.Count; i++) Run(i);
        }
        else
        {
            Parallel.For(0, chunks.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, Run);
        }

        void Run(int index)
        {
            var (tensor, start, count) = chunks[index];
            pass(index, tensor, start, count);
        }
    }
}
