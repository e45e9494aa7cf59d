using LlavaMod.Torch;

namespace LlavaMod.Models.Connectors;

/// <summary>
/// Linear, exact GELU, linear: LLaVA-1.5's connector (Liu et al. 2024). Named <c>model.mm_projector.0.weight</c> and <c>.2.weight</c>.
/// </summary>
[Connector("mlp2x_gelu", Summary = "two linear layers with a GELU between them (LLaVA-1.5, arXiv 2310.03744)")]
public sealed class Mlp2xGelu : Connector
{
    /// <inheritdoc/>
    public override Func<Tensor, Tensor> Build(ParameterScope scope, long visionWidth, long languageWidth)
    {
        var first = new Linear(scope / "0", visionWidth, languageWidth, bias: true, deviation: 1 / Math.Sqrt(visionWidth));
        var second = new Linear(scope / "2", languageWidth, languageWidth, bias: true, deviation: 1 / Math.Sqrt(languageWidth));
        return features => second.Forward(first.Forward(features).Gelu());
    }
}
