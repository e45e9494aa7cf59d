namespace LlavaMod.Torch.Tests.Operators;

public sealed class SiluGateTests : TorchTest
{
    public static TheoryData<int, int> Shapes() => new() { { 0, 5 }, { 1, 1 }, { 3, 7 }, { 5, 513 }, { 90, 1100 } };

    private static Tensor Normal(ulong seed, long rows, long width)
    {
        using var generator = new RandomGenerator(seed);
        return Create.Normal([rows, width], generator) * 3;
    }

    // Autograd of the plain formula in Float64: h, dL/dg, dL/du, dL/df
    private static Tensor[] Expected(Tensor g, Tensor u, Tensor d, Tensor factors)
    {
        Tensor[] exact = [g.To(DType.Float64).Detach().RequireGrad(), u.To(DType.Float64).Detach().RequireGrad(), factors.To(DType.Float64).Detach().RequireGrad()];
        var h = exact[0].Silu() * exact[1];
        var gradients = Gradients.Of(h * exact[2].Unsqueeze(-1), exact, d.To(DType.Float64));
        return [h.Detach(), .. gradients!];
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void One_pass_computes_what_the_plain_formula_does(int rows, int width)
    {
        Tensor g = Normal(1, rows, width), u = Normal(2, rows, width), d = Normal(3, rows, width), factors = Normal(4, rows, 1).Reshape(-1);
        ShouldBeClose(g, u, d, factors, 2e-6);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_bfloat16_only_the_results_are_rounded(int rows, int width)
    {
        Tensor g = Normal(1, rows, width).To(DType.BFloat16), u = Normal(2, rows, width).To(DType.BFloat16), d = Normal(3, rows, width).To(DType.BFloat16);
        ShouldBeClose(g, u, d, Normal(4, rows, 1).Reshape(-1), 1.0 / 256);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Other_types_go_through_plain_operators(int rows, int width)
    {
        Tensor Exact(ulong seed) => Normal(seed, rows, width).To(DType.Float64);
        ShouldBeClose(Exact(1), Exact(2), Exact(3), Normal(4, rows, 1).Reshape(-1), 1e-6);
    }

    private static void ShouldBeClose(Tensor g, Tensor u, Tensor d, Tensor factors, double tolerance)
    {
        var expected = Expected(g, u, d, factors);
        Relative(SiluGate.Forward(g, u, Create.EmptyLike(g)), expected[0], tolerance);
        var (du, dg, dots) = (d.Clone(), Create.EmptyLike(g), Create.Empty([g.Size(0)]));
        SiluGate.Backward(g, u, du, dg, factors, dots);
        Relative(dg, expected[1], tolerance);
        Relative(du, expected[2], tolerance);
        Relative(dots, expected[3], 5e-5); // a sum of a thousand

        var (plainGradient, target) = (d.Clone(), Create.EmptyLike(g));
        SiluGate.Backward(g, u, plainGradient, target);
        var unweighted = Expected(g, u, d, Create.Ones([g.Size(0)]));
        Relative(target, unweighted[1], tolerance);
        Relative(plainGradient, unweighted[2], tolerance);

        Relative(SiluGate.Forward(g, u, g), expected[0], tolerance);
    }

    // Relative to the element where it is large, to 1 where it is small.
    private static void Relative(Tensor actual, Tensor expected, double tolerance)
    {
        actual.Shape.ShouldBe(expected.Shape);
        foreach (var (found, wanted) in actual.ToArray<double>().Zip(expected.ToArray<double>()))
        {
            Math.Abs(found - wanted).ShouldBeLessThanOrEqualTo(tolerance * Math.Max(20, Math.Abs(wanted)));
        }
    }

    [Fact]
    public void The_extremes_stay_finite_and_nan_stays_nan()
    {
        var g = Floats(-200, -90, 0, 90, 200, float.NaN).Unsqueeze(0);
        foreach (var type in new[] { DType.Float32, DType.BFloat16 })
        {
            var h = SiluGate.Forward(g.To(type), Create.Ones([1, 6], type), Create.Empty([1, 6], type)).ToArray<float>();
            h[..2].ShouldAllBe(element => Math.Abs(element) < 1e-30);
            h[2].ShouldBe(0);
            h[3].ShouldBe(90);
            h[4].ShouldBe(200);
            h[5].ShouldBe(float.NaN);
        }
    }

    [Fact]
    public void The_result_is_the_same_with_any_number_of_threads()
    {
        int before = TorchRuntime.Threads;
        try
        {
            Tensor g = Normal(1, 90, 1100), u = Normal(2, 90, 1100);
            TorchRuntime.Threads = 1;
            var alone = SiluGate.Forward(g, u, Create.EmptyLike(g));
            TorchRuntime.Threads = 3;
            SiluGate.Forward(g, u, Create.EmptyLike(g)).ShouldEqualBitwise(alone);
        }
        finally
        {
            TorchRuntime.Threads = before;
        }
    }
}
