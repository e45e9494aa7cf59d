namespace LlavaMod.Data.Images;

/// <summary>
/// For each output position along one axis: which input positions it takes, and their weights as 22-bit fixed point. The kernel is
/// Keys' cubic with a = -0.5 (Keys 1981), stretched by the scale when shrinking, so that every input counts; as in Pillow.
/// </summary>
internal sealed class BicubicTaps
{
    /// <summary>Bits behind the binary point: 32, less 8 of a pixel, less 2 for overshoot.</summary>
    public const int FractionBits = 22;

    private const double A = -0.5;

    private readonly Tap[] taps;

    /// <param name="from">Input length.</param>
    /// <param name="to">Output length.</param>
    /// <param name="start">First output position that is needed.</param>
    /// <param name="count">How many are needed.</param>
    public BicubicTaps(int from, int to, int start, int count)
    {
        var scale = (double)from / to;
        var stretch = Math.Max(scale, 1.0);
        taps = new Tap[count];
        for (var i = 0; i < count; i++)
            taps[i] = Compute((start + i + 0.5) * scale, stretch, from);
    }

    private BicubicTaps(Tap[] taps) => this.taps = taps;

    /// <summary>The number of outputs.</summary>
    public int Count => taps.Length;

    /// <summary>What output <paramref name="at"/> takes.</summary>
    public Tap this[int at] => taps[at];

    /// <summary>The taps of a stretch of the input alone, positions counted from <paramref name="start"/>, the weights of all others summed up.</summary>
    public BicubicTaps Within(int start, int length) => new(Array.ConvertAll(taps, tap => tap.Within(start, length)));

    /// <summary>One output's inputs.</summary>
    /// <param name="First">The first of the consecutive positions.</param>
    /// <param name="Weights">Their weights.</param>
    /// <param name="Outside">The sum of the weights of positions that are not part of the input.</param>
    public readonly record struct Tap(int First, ReadOnlyMemory<int> Weights, int Outside)
    {
        /// <summary>All of its weights together: 1, as far as rounding allows.</summary>
        public int Total => Outside + Sum(Weights.Span);

        internal Tap Within(int start, int length)
        {
            var low = Math.Clamp(start - First, 0, Weights.Length);
            var high = Math.Clamp(start + length - First, low, Weights.Length);
            return new Tap(First + low - start, Weights[low..high], Total - Sum(Weights.Span[low..high]));
        }

        private static int Sum(ReadOnlySpan<int> weights)
        {
            var sum = 0;
            foreach (var weight in weights)
                sum += weight;
            return sum;
        }
    }

    private static Tap Compute(double centre, double stretch, int from)
    {
        double support = 2 * stretch, inverse = 1.0 / stretch;
        var first = Math.Max((int)(centre - support + 0.5), 0);
        var exact = new double[Math.Min((int)(centre + support + 0.5), from) - first];
        var sum = 0.0;
        for (var i = 0; i < exact.Length; i++)
            sum += exact[i] = Kernel((first + i - centre + 0.5) * inverse);
        return new Tap(first, Array.ConvertAll(exact, weight => Fixed(weight / sum)), Outside: 0);
    }

    private static int Fixed(double weight) => (int)(weight * (1 << FractionBits) + (weight < 0 ? -0.5 : 0.5));

    private static double Kernel(double x)
    {
        x = Math.Abs(x);
        return x switch
        {
            < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1,
            < 2.0 => (((x - 5) * x + 8) * x - 4) * A,
            _ => 0.0,
        };
    }
}
