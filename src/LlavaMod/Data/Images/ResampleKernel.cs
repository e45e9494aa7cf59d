namespace LlavaMod.Data.Images;

/// <summary>
/// A resampling filter: how much an input counts by its distance from the output, in inputs; when shrinking, in outputs, so that every input
/// counts. The formulas, and the numbers by which configurations name the filters, are Pillow's.
/// </summary>
public sealed class ResampleKernel
{
    private readonly Func<double, double> weight;

    private ResampleKernel(string name, int code, double support, Func<double, double> weight)
        => (Name, Code, Support, this.weight) = (name, code, support, weight);

    /// <summary>A sinc, windowed by a wider one: sinc(x) sinc(x / 3) (Lanczos 1956).</summary>
    public static ResampleKernel Lanczos { get; } = new("lanczos", 1, 3, x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0);

    /// <summary>A triangle.</summary>
    public static ResampleKernel Bilinear { get; } = new("bilinear", 2, 1, x => Math.Max(1 - Math.Abs(x), 0));

    /// <summary>A piecewise cubic with a = -0.5 (Keys 1981).</summary>
    public static ResampleKernel Bicubic { get; } = new("bicubic", 3, 2, Cubic);

    /// <summary>All filters.</summary>
    public static IReadOnlyList<ResampleKernel> All { get; } = [Lanczos, Bilinear, Bicubic];

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The number in <c>resample</c> of preprocessor_config.json.</summary>
    public int Code { get; }

    /// <summary>The distance from which on nothing counts.</summary>
    public double Support { get; }

    /// <summary>The weight at a distance.</summary>
    public double Weight(double distance) => weight(distance);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static double Cubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x switch
        {
            < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1,
            < 2.0 => (((x - 5) * x + 8) * x - 4) * A,
            _ => 0.0,
        };
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
