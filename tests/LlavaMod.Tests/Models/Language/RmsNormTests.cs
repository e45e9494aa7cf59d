using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Language;

/// <summary>RMSNorm's own backward against libtorch's derivative of the formula in Float64.</summary>
public sealed class RmsNormTests : IDisposable
{
    private const double Epsilon = 1e-5;

    private readonly TensorScope scope = new();
    private readonly RandomGenerator random = new(9);

    public void Dispose()
    {
        random.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 7)]
    [InlineData(3, 16)]
    [InlineData(129, 20)]
    [InlineData(300, 257)]
    public void Results_and_gradients_are_those_of_the_formula(int rows, int width)
    {
        Tensor x = Create.Normal([1, rows, width], random) * 3.0, weight = Create.Normal([width], random), gradient = Create.Normal([1, rows, width], random);
        var (expected, ofX, ofWeight) = Run(x.To(DType.Float64), weight.To(DType.Float64), gradient, plain: true);
        foreach (var (dtype, tolerance) in new[] { (DType.Float64, 1e-7), (DType.Float32, 2e-6), (DType.BFloat16, 0.03) })
        {
            var (found, gradientOfX, gradientOfWeight) = Run(x.To(dtype), weight, gradient, plain: false);
            (found.DType, gradientOfX.DType, gradientOfWeight.DType).ShouldBe((dtype, dtype, DType.Float32));
            Near(found, expected, tolerance);
            Near(gradientOfX, ofX, tolerance);
            Near(gradientOfWeight, ofWeight, 2 * tolerance);
        }
    }

    [Fact]
    public void A_view_with_gaps_is_normalised_as_its_copy()
    {
        using var mode = GradMode.Off();
        var norm = Norm(Create.Normal([6], random));
        var view = Create.Normal([6, 5], random).Transpose(0, 1);
        norm.Forward(view).ToArray<float>().ShouldBe(norm.Forward(view.Contiguous()).ToArray<float>());
    }

    private static void Near(Tensor found, Tensor expected, double tolerance)
    {
        double largest = Math.Max(1, expected.Abs().ToArray<double>().Max());
        (found.To(DType.Float64) - expected).Abs().ToArray<double>().ShouldAllBe(difference => difference <= tolerance * largest);
    }

    private static RmsNorm Norm(Tensor weight) =>
        new(new ParameterStore(new NamedParameters(_ => weight), DType.Float32, Device.Cpu).Root / "norm", weight.Size(0), Epsilon);

    private static (Tensor, Tensor, Tensor) Run(Tensor x, Tensor weight, Tensor gradient, bool plain)
    {
        x = x.Detach().RequireGrad();
        weight = weight.Detach().RequireGrad();
        var result = plain ? x * (x.Square().Mean(-1, keep: true) + Epsilon).Rsqrt() * weight : Norm(weight).Forward(x);
        var found = Gradients.Of(result, [x, weight], gradient.To(x.DType));
        return (result.Detach(), found[0]!, found[1]!);
    }
}
