namespace LlavaMod.Torch.Tests.Operators;

/// <summary>Whatever this machine's own way is: the functions are called directly.</summary>
public sealed class WideProductsTests : TorchTest
{
    private static Tensor Half(ulong seed, params ReadOnlySpan<long> shape)
    {
        using var generator = new RandomGenerator(seed);
        return Create.Normal(shape, generator).To(DType.BFloat16).RequireGrad();
    }

    private static Tensor Exact(Tensor x) => x.Detach().To(DType.Float64).RequireGrad();

    // The result and all gradients of a bf16 function are those of the exact one, rounded once.
    private static void ShouldBeRounded(Func<Tensor[], Tensor> function, Func<Tensor[], Tensor> exactly, params Tensor[] inputs)
    {
        var wide = Array.ConvertAll(inputs, Exact);
        var (y, expected) = (function(inputs), exactly(wide));
        ShouldBeRounded(y, expected);
        using var generator = new RandomGenerator(99);
        var gradient = Create.Normal(y.Shape, generator).To(DType.BFloat16);
        var gradients = Gradients.Of(y, inputs, gradient).Zip(Gradients.Of(expected, wide, gradient.To(DType.Float64)));
        foreach (var (found, wanted) in gradients) ShouldBeRounded(found!, wanted!);
    }

    private static void ShouldBeRounded(Tensor actual, Tensor expected)
    {
        actual.DType.ShouldBe(DType.BFloat16);
        actual.Shape.ShouldBe(expected.Shape);
        if (actual.Elements == 0) return;
        // Half a step of bf16, and what Float32 sums lose where terms cancel.
        var excess = (actual.To(DType.Float64) - expected).Abs() - expected.Abs() / 256;
        excess.Max().Item<double>().ShouldBeLessThanOrEqualTo(2e-5);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 3)]
    [InlineData(0, 3)]
    public void A_linear_layer_is_rounded_once(int batch, int length)
    {
        ShouldBeRounded(x => WideProducts.Linear(x[0], x[1], x[2]), x => x[0].Linear(x[1], x[2]), Half(1, batch, length, 5), Half(2, 7, 5), Half(3, 7));
        ShouldBeRounded(x => WideProducts.Linear(x[0], x[1], null), x => x[0].Linear(x[1]), Half(1, batch * length, 5), Half(2, 7, 5));
    }

    [Fact]
    public void A_weight_too_large_to_widen_at_once_is_taken_in_blocks()
    {
        // Two blocks: 4 M elements, and the rest.
        ShouldBeRounded(x => WideProducts.Linear(x[0], x[1], x[2]), x => x[0].Linear(x[1], x[2]), Half(1, 2, 8200), Half(2, 600, 8200), Half(3, 600));
        ShouldBeRounded(x => WideProducts.Matmul(x[0], x[1]), x => x[0].Matmul(x[1]), Half(1, 2, 600), Half(2, 600, 8200));
    }

    [Fact]
    public void Matrices_may_be_stacked_broadcast_or_vectors()
    {
        (long[] A, long[] B)[] shapes =
        [
            ([3, 4], [4, 5]), ([2, 3, 4], [2, 4, 5]), ([2, 3, 4], [4, 5]), ([3, 4], [2, 4, 5]), ([1, 6, 3, 4], [2, 1, 4, 5]), ([4], [4, 5]),
            ([3, 4], [4]), ([4], [4]), ([2, 3, 4], [4]), ([0, 4], [4, 5]),
        ];
        foreach (var (a, b) in shapes) ShouldBeRounded(x => WideProducts.Matmul(x[0], x[1]), x => x[0].Matmul(x[1]), Half(1, a), Half(2, b));
    }

    [Fact]
    public void A_transposed_factor_needs_no_copy()
    {
        var (x, weight) = (Half(1, 3, 4), Half(2, 5, 4));
        ShouldBeRounded(WideProducts.Matmul(x, weight.Transpose(0, 1)), Exact(x).Matmul(Exact(weight).Transpose(0, 1)));
    }

    [Fact]
    public void A_product_is_added_in_place_and_rounded_once()
    {
        using var mode = GradMode.Off();
        var (sum, a, b) = (Half(1, 3, 6).Detach().Clone(), Half(2, 3, 4).Detach(), Half(3, 4, 6).Detach());
        var expected = Exact(sum) + Exact(a).Matmul(Exact(b));
        WideProducts.Addmm_(sum, a, b, keep: 1);
        ShouldBeRounded(sum, expected);
        WideProducts.Addmm_(sum.Narrow(0, 1, 2), a.Narrow(0, 1, 2), b, keep: 0);
        ShouldBeRounded(sum.Narrow(0, 1, 2), Exact(a).Matmul(Exact(b)).Narrow(0, 1, 2));
        ShouldBeRounded(sum.Narrow(0, 0, 1), expected.Narrow(0, 0, 1));
    }

    [Fact]
    public void Stacks_of_products_go_into_place_or_are_added_there()
    {
        using var mode = GradMode.Off();
        var (sum, a, b) = (Half(1, 2, 3, 6).Detach().Clone(), Half(2, 2, 3, 4).Detach(), Half(3, 2, 4, 6).Detach());
        var expected = Exact(sum) + Exact(a).Matmul(Exact(b));
        WideProducts.Baddbmm_(sum, a, b);
        ShouldBeRounded(sum, expected);
        var strided = Create.Zeros([2, 6, 5], DType.BFloat16).Transpose(1, 2).Narrow(1, 1, 3);
        WideProducts.BmmInto(a, b, strided);
        ShouldBeRounded(strided, Exact(a).Matmul(Exact(b)));
    }

    [Fact]
    public void What_is_frozen_gets_no_gradient()
    {
        var (x, weight, bias) = (Half(1, 3, 4), Half(2, 5, 4).RequireGrad(false), Half(3, 5));
        WideProducts.Linear(x, weight, bias).Sum().Backward();
        weight.Grad().ShouldBeNull();
        x.Grad().ShouldNotBeNull();
        bias.Grad()!.ShouldHold(3, 3, 3, 3, 3);
    }

    [Fact]
    public void Every_product_of_the_binding_gives_nearly_the_exact_one_in_bfloat16()
    {
        ShouldBeRounded(x => x[0].Linear(x[1], x[2]), x => x[0].Linear(x[1], x[2]), Half(1, 3, 40), Half(2, 7, 40), Half(3, 7));
        ShouldBeRounded(x => x[0].Matmul(x[1]), x => x[0].Matmul(x[1]), Half(1, 2, 3, 40), Half(2, 2, 40, 5));
        ShouldBeRounded(x => x[0].Conv2d(x[1], x[2], 2), x => x[0].Conv2d(x[1], x[2], 2), Half(1, 2, 3, 4, 6), Half(2, 5, 3, 2, 2), Half(3, 5));
    }
}
