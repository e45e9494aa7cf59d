using System.Diagnostics;
using LlavaMod.Torch;

namespace LlavaMod.Stages.Planning;

/// <summary>How fast this machine multiplies matrices of the shapes that a model has. A shape is measured once, in about 50 ms.</summary>
public sealed class MatmulRate
{
    private const double Seconds = 0.05;
    private const int MostRows = 2048, WidestSide = 4096; // beyond these the rate no longer changes

    private readonly Dictionary<(long, long, long, DType), double> measured = [];

    /// <summary>FLOPs a second of [rows, width] x [width, wide].</summary>
    public double Of(long rows, long width, long wide, DType dtype)
    {
        var shape = (Math.Clamp(rows, 1, MostRows), Math.Min(width, WidestSide), Math.Min(wide, WidestSide), dtype);
        if (measured.TryGetValue(shape, out double rate)) return rate;
        return measured[shape] = Measure(shape.Item1, shape.Item2, shape.Item3, dtype);
    }

    private static double Measure(long rows, long width, long wide, DType dtype)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        Tensor x = Create.Ones([rows, width], dtype), weight = Create.Ones([wide, width], dtype);
        Multiply(x, weight); // threads start, pages are touched
        int times = 0;
        long began = Stopwatch.GetTimestamp();
        for (; Stopwatch.GetElapsedTime(began).TotalSeconds < Seconds; times++) Multiply(x, weight);
        return 2.0 * rows * width * wide * times / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static void Multiply(Tensor x, Tensor weight)
    {
        using var scope = new TensorScope();
        x.Linear(weight, null);
    }
}
