using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>
/// Work on the rows of a CPU tensor, on as many threads as libtorch's operators would use here. Every row is one thread's, so that the result does
/// not depend on how many there are.
/// </summary>
internal static class HostRows
{
    private const int LeastPart = 1 << 15; // elements: below that, waking another thread costs more than it saves

    /// <summary>Runs the work on rows [first, end) of 0 .. rows - 1.</summary>
    /// <param name="rows">How many there are.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="work">Given the first row and the end.</param>
    public static void Run(int rows, int width, Action<int, int> work)
    {
        int parts = (int)Math.Min(Math.Min(TorchRuntime.Threads, rows), (long)rows * width / LeastPart);
        if (parts <= 1)
        {
            work(0, rows);
            return;
        }
        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part => work((int)((long)rows * part / parts), (int)((long)rows * (part + 1) / parts)));
    }
}
