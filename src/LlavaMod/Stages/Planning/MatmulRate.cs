using System.Diagnostics;
using LlavaMod.Torch;

namespace LlavaMod.Stages.Planning;

/// <summary>How fast this machine multiplies matrices of the shapes that a model has. A shape is measured once, in about a tenth of a second.</summary>
public sealed class MatmulRate
{
    private const double Seconds = 0.05;
    private const int FewestRows = 8, MostRows = 2048, WidestSide = 1024; // beyond these the rate changes little

    private readonly Dictionary<(long, long, long, DType), double> measured = [];

    /// <summary>FLOPs a second of [rows, width] x [width, wide].</summary>
    public double Of(long rows, long width, long wide, DType dtype)
    {
        var shape = (Math.Clamp(rows, 1, MostRows), Math.Min(width, WidestSide), Math.Min(wide, WidestSide), dtype);
        if (measured.TryGetValue(shape, out double rate)) return rate;
        return measured[shape] = Measure(shape.Item1, shape.Item2, shape.Item3, dtype);
    }

    private static double Measure(long most, long width, long wide, DType dtype)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var weight = Create.Ones([wide, width], dtype);
        // A processor that has no instructions for the type is a thousand times slower than one that has: feel the way up to the wanted shape.
        for (long rows = Math.Min(most, FewestRows); ; rows = Math.Min(most, 4 * rows))
        {
            var x = Create.Ones([rows, width], dtype);
            Time(x, weight, 0); // threads start, pages are touched
            double once = Time(x, weight, 0);
            if (rows == most || once > Seconds / 4) return 2.0 * rows * width * wide / Time(x, weight, Seconds);
        }
    }

    // Seconds of one product: the least over so many seconds, when nothing else was in its way; at least one is done.
    private static double Time(Tensor x, Tensor weight, double seconds)
    {
        long began = Stopwatch.GetTimestamp();
        double least = double.PositiveInfinity;
        do
        {
            using var scope = new TensorScope();
            long start = Stopwatch.GetTimestamp();
            x.Linear(weight, null);
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds);
        return least;
    }
}
