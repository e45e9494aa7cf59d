namespace LlavaMod.Data.Images;

/// <summary>
/// For each output position along one axis: which inputs it takes, and their weights as 22-bit fixed point, as in Pillow. Inputs are the
/// positions of the picture; what else of the canvas an output takes has one weight together.
/// </summary>
internal sealed class ResampleTaps
{
    /// <summary>Bits behind the binary point: 32, less 8 of a pixel, less 2 for overshoot.</summary>
    public const int FractionBits = 22;

    /// <summary>What rounds a sum to whole levels.</summary>
    public const int Half = 1 << (FractionBits - 1);

    /// <summary>The bits of a weight that are in <see cref="Low"/>; those above, in <see cref="High"/>, fit 16 bits then.</summary>
    public const int LowBits = 8;

    /// <summary>The weights of an output are filled up with zeros to a multiple of this.</summary>
    public const int Group = 4;

    private readonly Tap[] taps;
    private readonly int[] weights, high, low;

    /// <param name="kernel">The filter.</param>
    /// <param name="from">Length of the canvas.</param>
    /// <param name="to">Its new length.</param>
    /// <param name="start">First output position that is needed.</param>
    /// <param name="count">How many are needed, at least 1.</param>
    /// <param name="pictureStart">Where on the canvas the picture starts.</param>
    /// <param name="pictureLength">How long the picture is, at least 1.</param>
    public ResampleTaps(ResampleKernel kernel, int from, int to, int start, int count, int pictureStart, int pictureLength)
    {
        double scale = (double)from / to, stretch = Math.Max(scale, 1.0), support = kernel.Support * stretch;
        var exact = new double[(int)Math.Ceiling(support) * 2 + 1];
        taps = new Tap[count];
        weights = new int[count * (exact.Length + Group)];
        var next = 0;
        for (var i = 0; i < count; i++)
        {
            var centre = (start + i + 0.5) * scale;
            var first = Math.Max((int)(centre - support + 0.5), 0);
            var all = exact.AsSpan(0, Math.Min((int)(centre + support + 0.5), from) - first);
            Weigh(kernel, first, centre, 1.0 / stretch, all);
            taps[i] = Keep(all, first - pictureStart, pictureLength, weights.AsSpan(next), next);
            next += (taps[i].Length + Group - 1) / Group * Group;
        }
        (high, low) = (new int[next / 2], new int[next / 2]);
        for (var pair = 0; pair < high.Length; pair++)
        {
            int even = weights[pair * 2], odd = weights[pair * 2 + 1], mask = (1 << LowBits) - 1;
            high[pair] = (even >> LowBits) & 0xFFFF | (odd >> LowBits) << 16;
            low[pair] = even & mask | (odd & mask) << 16;
        }
    }

    /// <summary>The number of outputs.</summary>
    public int Count => taps.Length;

    /// <summary>The inputs that any output takes.</summary>
    public Range Inputs
    {
        get
        {
            var used = taps.Where(tap => tap.Length > 0).ToList();
            return used.Count == 0 ? 0..0 : used.Min(tap => tap.First)..used.Max(tap => tap.First + tap.Length);
        }
    }

    /// <summary>What an output takes.</summary>
    public ref readonly Tap this[int output] => ref taps[output];

    /// <summary>The weights of an output's inputs.</summary>
    public ReadOnlySpan<int> Weights(in Tap tap) => weights.AsSpan(tap.Start, tap.Length);

    /// <summary>The same as pairs of 16 bits, without the low bits; zeros fill the last group.</summary>
    public ReadOnlySpan<int> High(in Tap tap) => high.AsSpan(tap.Start / 2, tap.Pairs);

    /// <summary>The low bits, as pairs of 16 bits.</summary>
    public ReadOnlySpan<int> Low(in Tap tap) => low.AsSpan(tap.Start / 2, tap.Pairs);

    /// <summary>One output.</summary>
    /// <param name="First">Its first input.</param>
    /// <param name="Length">How many consecutive inputs it takes.</param>
    /// <param name="Outside">The weight of all that is not part of the picture.</param>
    /// <param name="Total">All weights together: 1, as far as rounding allows.</param>
    /// <param name="Start">Where its weights are.</param>
    public readonly record struct Tap(int First, int Length, int Outside, int Total, int Start)
    {
        internal int Pairs => (Length + Group - 1) / Group * (Group / 2);
    }

    // The kernel's values, divided by their sum.
    private static void Weigh(ResampleKernel kernel, int first, double centre, double inverse, Span<double> exact)
    {
        var sum = 0.0;
        for (var i = 0; i < exact.Length; i++)
            sum += exact[i] = kernel.Weight((first + i - centre + 0.5) * inverse);
        for (var i = 0; i < exact.Length; i++)
            exact[i] /= sum;
    }

    private static Tap Keep(ReadOnlySpan<double> exact, int first, int pictureLength, Span<int> room, int start)
    {
        int low = Math.Clamp(-first, 0, exact.Length), high = Math.Clamp(pictureLength - first, low, exact.Length);
        int inside = 0, outside = 0;
        for (var i = 0; i < exact.Length; i++)
        {
            var weight = Fixed(exact[i]);
            if (i < low || i >= high)
                outside += weight;
            else
                inside += room[i - low] = weight;
        }
        return new Tap(first + low, high - low, outside, inside + outside, start);
    }

    private static int Fixed(double weight) => (int)(weight * (1 << FractionBits) + (weight < 0 ? -0.5 : 0.5));
}
