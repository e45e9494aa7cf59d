namespace LlavaMod.Torch;

/// <summary>Splits a pass over rows among as many threads as an operator of this thread has.</summary>
public static class ParallelRows
{
    private const long LeastElements = 1 << 15; // of a part: some ten microseconds of work, what a second thread costs

    /// <summary>Whether rows of a tensor are Float32 numbers in main memory, as passes written here take them.</summary>
    public static bool Takes(Tensor x) => x.Device.IsCpu && x.DType == DType.Float32;

    /// <summary>Calls <paramref name="part"/> with ranges [first, end) that cover 0 .. <paramref name="rows"/> - 1 once.</summary>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="part">Works on its rows alone, so that the result does not depend on the split.</param>
    public static void Run(long rows, long width, Action<long, long> part)
    {
        int parts = (int)Math.Clamp(rows * width / LeastElements, 1, Math.Min(TorchRuntime.Threads, Math.Max(rows, 1)));
        if (parts == 1) part(0, rows);
        else Parallel.For(0, parts, index => part(rows * index / parts, rows * (index + 1) / parts));
    }
}
