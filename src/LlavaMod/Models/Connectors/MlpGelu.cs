using LlavaMod.Torch;

namespace LlavaMod.Models.Connectors;

/// <summary>
/// N linear layers with exact GELUs between them. N = 2 is LLaVA-1.5's connector (Liu et al. 2024), N = 1 a linear layer under a Sequential's name. Named
/// as PyTorch numbers them: <c>model.mm_projector.0.weight</c>, <c>.2.weight</c>, <c>.4.weight</c>, ...
/// </summary>
/// <param name="depth">N.</param>
[Connector("mlpNx_gelu", From = 1, To = 8, Summary = "N linear layers with GELUs between them (LLaVA-1.5, arXiv 2310.03744, has 2)")]
public sealed class MlpGelu(int depth) : Connector
{
    /// <inheritdoc/>
    public override Func<Tensor, Tensor> Build(ParameterScope scope, long visionWidth, long languageWidth)
    {
        var layers = new Linear[depth];
        for (int i = 0; i < depth; i++)
        {
            long input = i == 0 ? visionWidth : languageWidth;
            layers[i] = new Linear(scope / (2 * i), input, languageWidth, bias: true, deviation: 1 / Math.Sqrt(input));
        }
        return features => layers.Skip(1).Aggregate(layers[0].Forward(features), (x, layer) => layer.Forward(x.Gelu()));
    }
}
