using LlavaMod.Torch;

namespace LlavaMod.Models.Connectors;

/// <summary>One matrix with a bias: LLaVA's first connector (Liu et al. 2023). Named <c>model.mm_projector.weight</c>.</summary>
[Connector("linear", Summary = "one linear layer (LLaVA, arXiv 2304.08485)")]
public sealed class LinearConnector : Connector
{
    /// <inheritdoc/>
    public override Func<Tensor, Tensor> Build(ParameterScope scope, long visionWidth, long languageWidth) =>
        new Linear(scope, visionWidth, languageWidth, bias: true, deviation: 1 / Math.Sqrt(visionWidth)).Forward;
}
