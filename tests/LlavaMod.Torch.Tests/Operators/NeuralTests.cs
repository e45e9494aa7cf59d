namespace LlavaMod.Torch.Tests.Operators;

public sealed class NeuralTests : TorchTest
{
    [Fact]
    public void A_linear_layer_multiplies_by_the_transposed_weight()
    {
        var x = Tensor.From([1f, 2, 3, 4], 2, 2);
        var weight = Tensor.From([1f, 0, 0, 1, 1, 1], 3, 2);
        x.Linear(weight).ShouldHold([2, 3], [1, 2, 3, 3, 4, 7]);
        x.Linear(weight, Floats(10, 20, 30)).ShouldHold([2, 3], [11, 22, 33, 13, 24, 37]);
    }

    [Fact]
    public void Matrix_products_broadcast_over_leading_dimensions()
    {
        var batch = Tensor.From([1f, 2, 3, 4], 2, 1, 2);
        batch.Matmul(Tensor.From([1f, 2, 3, 4], 2, 2)).ShouldHold([2, 1, 2], [7, 10, 15, 22]);
    }

    [Fact]
    public void An_embedding_looks_rows_up()
    {
        var weight = Tensor.From([1f, 2, 3, 4, 5, 6], 3, 2);
        Tensor.From([2L, 0], 1, 2).Embedding(weight).ShouldHold([1, 2, 2], [5, 6, 1, 2]);
        Should.Throw<TorchException>(() => Ids(3).Embedding(weight)).Message.ShouldContain("aten::embedding");
    }

    [Fact]
    public void Layer_norm_centres_and_scales_the_last_dimension()
    {
        var x = Tensor.From([1f, 3, 10, 30], 2, 2);
        x.LayerNorm(Floats(1, 2), Floats(0, 5), 0).ShouldHold([2, 2], [-1, 7, -1, 7], 1e-5);
        x.LayerNorm(Floats(1, 1), Floats(0, 0), epsilon: 3).ShouldHold([2, 2], [-0.5, 0.5, -10 / Math.Sqrt(103), 10 / Math.Sqrt(103)], 1e-5);
    }

    [Fact]
    public void Softmax_sums_to_1_over_its_dimension()
    {
        double e = Math.E;
        Tensor.From([0f, 1, 2, 2], 2, 2).Softmax().ShouldHold([2, 2], [1 / (1 + e), e / (1 + e), 0.5, 0.5]);
        Tensor.From([0f, 2, 1, 2], 2, 2).Softmax(0).ShouldHold([2, 2], [1 / (1 + e), 0.5, e / (1 + e), 0.5]);
        Floats(0, 1).LogSoftmax().ShouldHold(-Math.Log(1 + e), 1 - Math.Log(1 + e));
    }

    [Fact]
    public void Softmax_computes_in_the_type_asked_for()
    {
        var x = Create.Zeros([3], DType.BFloat16);
        x.Softmax(dtype: DType.Float32).DType.ShouldBe(DType.Float32);
        x.Softmax(dtype: DType.Float32).ShouldHold([3], [1 / 3.0, 1 / 3.0, 1 / 3.0], 1e-7);
        x.LogSoftmax(dtype: DType.Float32).ShouldHold([3], [-Math.Log(3), -Math.Log(3), -Math.Log(3)], 1e-6);
        x.Softmax().DType.ShouldBe(DType.BFloat16);
    }

    [Fact]
    public void Activations_give_their_values()
    {
        double sigmoid = 1 / (1 + Math.Exp(-1.5));
        var x = Floats(-1.5f, 0, 1.5f);
        x.Relu().ShouldHold(0, 0, 1.5);
        x.Sigmoid().ShouldHold(1 - sigmoid, 0.5, sigmoid);
        x.Silu().ShouldHold(-1.5 * (1 - sigmoid), 0, 1.5 * sigmoid);
        x.LogSigmoid().ShouldHold(Math.Log(1 - sigmoid), Math.Log(0.5), Math.Log(sigmoid));
        x.QuickGelu().ShouldHold(-1.5 / (1 + Math.Exp(1.702 * 1.5)), 0, 1.5 / (1 + Math.Exp(-1.702 * 1.5)));
    }

    [Fact]
    public void Gelu_is_exact_and_has_its_tanh_approximation()
    {
        // x * Phi(x) at 1, and the approximation's known difference from it.
        Floats(1).Gelu().ShouldHold(0.8413447);
        Floats(1).GeluTanh().ShouldHold(0.8411920);
    }

    [Fact]
    public void Log_sigmoid_does_not_overflow() => Floats(-200, 200).LogSigmoid().ShouldHold(-200, 0);

    [Fact]
    public void A_convolution_slides_its_kernel_by_the_stride()
    {
        var image = Create.Range(0, 16).To(DType.Float32).Reshape(1, 1, 4, 4);
        var kernel = Tensor.From([1f, 0, 0, 1], 1, 1, 2, 2);
        image.Conv2d(kernel, null, stride: 2).ShouldHold([1, 1, 2, 2], [5, 9, 21, 25]);
        image.Conv2d(kernel, Floats(100), stride: 2).ShouldHold([1, 1, 2, 2], [105, 109, 121, 125]);
    }
}
