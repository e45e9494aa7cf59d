namespace LlavaMod.Torch.Tests.Operators;

public sealed class SoftTargetsTests : TorchTest
{
    public static TheoryData<int, int> Shapes() => new() { { 0, 5 }, { 1, 1 }, { 3, 7 }, { 5, 1024 }, { 4, 1025 }, { 40, 2050 } };

    private static Tensor Normal(ulong seed, long rows, long width)
    {
        using var generator = new RandomGenerator(seed);
        return Create.Normal([rows, width], generator) * 3;
    }

    private static Tensor Classes(int rows, int width) => Tensor.From(Enumerable.Range(0, rows).Select(row => 1023L * (row + 1) % width).ToArray(), rows);

    // The plain formula in Float64: sums, and the gradient by z / T.
    private static (double Divergence, double Surprisal, double[] Gradient) Expected(Tensor z, Tensor? y, Tensor? classes, SoftTargets.Weights weights)
    {
        var over = (z.To(DType.Float64) / weights.Temperature).Detach().RequireGrad();
        var p = over.LogSoftmax();
        var none = over.Sum() * 0;
        var divergence = none;
        if (y is not null)
        {
            var q = (y.To(DType.Float64) / weights.Temperature).LogSoftmax();
            divergence = (q.Exp() * (q - p)).Sum();
        }
        var surprisal = classes is null ? none : -p.Gather(1, classes.Unsqueeze(1)).Sum();
        var gradient = Gradients.Of(divergence * weights.SoftWeight + surprisal * weights.ClassWeight, [over])[0]!;
        return (divergence.Item<double>(), surprisal.Item<double>(), gradient.ToArray<double>());
    }

    private static void ShouldBeClose(Tensor z, Tensor? y, Tensor? classes, SoftTargets.Weights weights, double tolerance)
    {
        var expected = Expected(z, y, classes, weights);
        SoftTargets.Take(z, y).ShouldBeTrue();
        var sums = SoftTargets.Replace(z, y, classes, weights);
        sums.Divergence.ShouldBe(expected.Divergence, 1e-5 * Math.Max(1, expected.Divergence));
        sums.Surprisal.ShouldBe(expected.Surprisal, 1e-5 * Math.Max(1, expected.Surprisal));
        double most = expected.Gradient.Select(Math.Abs).Append(0.1).Max();
        z.ToArray<double>().ShouldBe(expected.Gradient, tolerance * most);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_row_becomes_the_gradient_of_the_plain_formula(int rows, int width)
    {
        foreach (double temperature in new[] { 1, 2, 0.5 })
        {
            ShouldBeClose(Normal(1, rows, width), Normal(2, rows, width), Classes(rows, width), new(temperature, 0.7, 0.2), 2e-6);
            ShouldBeClose(Normal(1, rows, width), Normal(2, rows, width), null, new(temperature, 1, 0), 2e-6);
            ShouldBeClose(Normal(1, rows, width), null, Classes(rows, width), new(temperature, 0, 1), 2e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Of_16_bits_only_the_gradient_is_rounded(int rows, int width)
    {
        foreach (var dtype in new[] { DType.BFloat16, DType.Float16 })
        {
            ShouldBeClose(Normal(1, rows, width).To(dtype), Normal(2, rows, width).To(dtype), Classes(rows, width), new(1, 0.7, 0.2), 1.0 / 256);
        }
    }

    [Fact]
    public void Equal_distributions_diverge_by_nothing()
    {
        var z = Normal(1, 3, 3000);
        SoftTargets.Replace(z, Normal(1, 3, 3000) + 5, null, new(1, 1, 0)).Divergence.ShouldBe(0, 1e-5);
        z.ToArray<float>().ShouldAllBe(slope => Math.Abs(slope) < 1e-6f);
    }

    [Fact]
    public void What_q_rules_out_counts_as_nothing_and_what_p_alone_rules_out_as_infinite()
    {
        const float none = float.NegativeInfinity;
        SoftTargets.Replace(Tensor.From([0f, none, 0], 1, 3), Tensor.From([0f, none, none], 1, 3), null, new(1, 1, 0)).Divergence.ShouldBe(Math.Log(2), 1e-6);
        var z = Tensor.From([0f, none, 0], 1, 3);
        SoftTargets.Replace(z, Tensor.From([0f, 0, none], 1, 3), null, new(1, 1, 0)).Divergence.ShouldBe(double.PositiveInfinity);
        z.ToArray<float>().ShouldBe([0, -0.5f, 0.5f], 1e-6);
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        int before = TorchRuntime.Threads;
        try
        {
            var found = new[] { 1, 2, 3 }.Select(threads =>
            {
                TorchRuntime.Threads = threads;
                var z = Normal(1, 50, 3001);
                var sums = SoftTargets.Replace(z, Normal(2, 50, 3001), Classes(50, 3001), new(1, 0.7, 0.2));
                return (sums, z);
            }).ToList();
            foreach (var (sums, z) in found[1..])
            {
                sums.ShouldBe(found[0].sums);
                z.ToArray<float>().ShouldBe(found[0].z.ToArray<float>());
            }
        }
        finally
        {
            TorchRuntime.Threads = before;
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        SoftTargets.Take(Normal(1, 2, 3).To(DType.Float64), null).ShouldBeFalse();
        SoftTargets.Take(Normal(1, 2, 3).Transpose(0, 1), null).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => SoftTargets.Replace(Normal(1, 2, 3), Normal(1, 2, 4), null, new(1, 1, 1)));
        Should.Throw<ArgumentOutOfRangeException>(() => SoftTargets.Replace(Normal(1, 1, 3), null, Tensor.From([-100L], 1), new(1, 1, 1))).Message.ShouldContain("row 0");
    }
}
