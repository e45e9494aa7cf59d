using LlavaMod.Models;
using LlavaMod.Torch;

namespace LlavaMod.Stages.Planning;

/// <summary>What one model takes, counted from its configuration; nothing is allocated.</summary>
internal sealed class ModelCost(LlavaConfig config, DType dtype) : IDisposable
{
    private const ModelPart Layers = ModelPart.Attention | ModelPart.Ffn | ModelPart.Experts | ModelPart.Routers;

    private readonly Llava model = ShapesOnly.Build(config, dtype);

    public LlavaConfig Config => config;

    /// <summary>All of its parameters.</summary>
    public ModelSize Size => ModelSize.Of(model);

    /// <summary>Bytes of the tower's weights.</summary>
    public double TowerBytes => BytesOf(In(ModelPart.Vision));

    /// <summary>Bytes of all other weights.</summary>
    public double OtherBytes => BytesOf(In(~ModelPart.Vision));

    /// <summary>The parameters of some parts.</summary>
    public ModelSize SizeOf(ModelPart parts) => ModelSize.Of(In(parts), config.Experts);

    /// <summary>
    /// Gradients and AdamW's state of some parts. Float32: gradient and two moments, 12 bytes a parameter. BFloat16: gradient, its Float32
    /// accumulator, two moments and the master copy, 18 bytes.
    /// </summary>
    public (double Gradients, double Optimizer) TrainingBytes(ModelPart parts)
    {
        double gradients = 0, optimizer = 0;
        foreach (var parameter in In(parts))
        {
            bool half = parameter.Value.DType.Size() == 2;
            gradients += parameter.Value.Elements * (half ? 6.0 : 4.0);
            optimizer += parameter.Value.Elements * (half ? 12.0 : 8.0);
        }
        return (gradients, optimizer);
    }

    /// <summary>
    /// FLOPs of a forward pass over text and image tokens, the head left out: 2 for each active weight of a layer and token, and
    /// 4 L S D for attention's scores and mixtures, of L layers and width D over rows of S tokens; the connector's weights for image tokens.
    /// </summary>
    /// <param name="tokens">All tokens.</param>
    /// <param name="visual">Those of images.</param>
    /// <param name="row">S.</param>
    public double Forward(double tokens, double visual, double row) =>
        2 * (tokens * SizeOf(Layers).Active + visual * SizeOf(ModelPart.Connector).Total) + tokens * AttentionOf(row);

    /// <summary>
    /// FLOPs of the backward pass: as many as forward for the gradients of activations, and 2 for each trained weight and token for its own.
    /// With everything trained forward and backward are the well-known 6 N a token.
    /// </summary>
    public double Backward(double tokens, double visual, double row, ModelPart trained) =>
        Forward(tokens, visual, row) + tokens * AttentionOf(row)
        + 2 * (tokens * SizeOf(trained & Layers).Active + visual * SizeOf(trained & ModelPart.Connector).Total);

    /// <summary>FLOPs of the logits at some positions: 2 D V each.</summary>
    public double Logits(double positions) => 2 * positions * config.Language.HiddenSize * config.Language.VocabSize;

    /// <summary>FLOPs of the tower for some images: 2 for each weight and patch, and its attention.</summary>
    public double Tower(double images) => config.Vision is not { } vision
        ? 0
        : images * (vision.Patches + 1) * (2 * SizeOf(ModelPart.Vision).Total + 4.0 * vision.LayersUsed * (vision.Patches + 1) * vision.HiddenSize);

    /// <summary>Bytes of the tower's features of an image.</summary>
    public double FeatureBytes => config.Vision is { } vision ? (double)vision.Tokens * vision.HiddenSize * dtype.Size() : 0;

    /// <summary>FLOPs of computing again what recomputation did not keep: attention, and the dense feed-forward networks.</summary>
    public double Again(double tokens, double row) =>
        tokens * (2 * SizeOf(ModelPart.Attention | ModelPart.Ffn).Active + AttentionOf(row));

    /// <summary>
    /// What the layers keep for backward, a token: inputs of norms and products (8 D and 6 of the keys' width), the weights of attention (H S),
    /// and the feed-forward networks that it goes through (4 F each, routed ones 2 D more). Recomputation keeps a layer's input (D) and its
    /// experts instead, and has one layer whole at a time.
    /// </summary>
    public double ActivationBytes(double row, bool recompute)
    {
        var language = config.Language;
        double width = language.HiddenSize, network = 4.0 * language.IntermediateSize;
        double attention = 8 * width + 6.0 * language.NumKeyValueHeads * language.HeadDim + row * language.NumAttentionHeads;
        int sparse = config.Experts?.Layers.Count ?? 0, dense = language.NumHiddenLayers - sparse;
        double experts = config.Experts is { } routed ? (routed.TopK + (routed.UseResidual ? 1 : 0)) * (network + 2 * width) : 0;
        double kept = recompute
            ? language.NumHiddenLayers * width + sparse * experts + attention + network
            : dense * (attention + network) + sparse * (attention + experts);
        return kept * dtype.Size();
    }

    private double AttentionOf(double row) => 4.0 * config.Language.NumHiddenLayers * row * config.Language.HiddenSize;

    private IEnumerable<Parameter> In(ModelPart parts) => model.AllParameters.Where(parameter => (parameter.Part & parts) != 0);

    private static double BytesOf(IEnumerable<Parameter> parameters) => parameters.Sum(parameter => (double)parameter.Value.Elements * parameter.Value.DType.Size());

    public void Dispose() => model.Dispose();
}
