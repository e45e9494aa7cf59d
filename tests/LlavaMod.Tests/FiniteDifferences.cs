using LlavaMod.Torch;

namespace LlavaMod.Tests;

/// <summary>Compares the gradient that backward gives with (f(x + step) - f(x - step)) / (2 step), element by element, in Float64.</summary>
public static class FiniteDifferences
{
    /// <param name="function">A function of x, of any shape; its sum weighted by 1, 2, 3, ... is differentiated.</param>
    /// <param name="x">Where to differentiate, Float64.</param>
    /// <param name="tolerance">How far off, relative to the largest element of the gradient.</param>
    /// <param name="step">How far to go from x.</param>
    public static void ShouldMatch(Func<Tensor, Tensor> function, Tensor x, double tolerance = 1e-7, double step = 1e-5)
    {
        using var scope = new TensorScope();
        var point = x.Detach().Clone().RequireGrad();
        var analytic = (Gradients.Of(Weighted(function(point)), [point])[0] ?? Create.ZerosLike(x)).ToArray<double>();
        var elements = x.ToArray<double>();
        double largest = Math.Max(1e-3, analytic.Max(Math.Abs));
        for (int i = 0; i < elements.Length; i++)
        {
            double numeric = (Value(function, x, elements, i, step) - Value(function, x, elements, i, -step)) / (2 * step);
            analytic[i].ShouldBe(numeric, tolerance * largest, $"derivative by element {i} of {x}");
        }
    }

    private static double Value(Func<Tensor, Tensor> function, Tensor x, double[] elements, int place, double step)
    {
        using var scope = new TensorScope();
        var moved = (double[])elements.Clone();
        moved[place] += step;
        return Weighted(function(Tensor.From(moved, x.Shape))).Item<double>();
    }

    // Different weights, so that a gradient that lands at the wrong output is seen.
    private static Tensor Weighted(Tensor output)
    {
        var weights = Create.Range(1, output.Elements + 1).To(DType.Float64);
        return (output.Reshape(-1) * weights).Sum();
    }
}
