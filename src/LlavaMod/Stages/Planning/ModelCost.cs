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

    /// <summary>AdamW's state of some parts: two moments, 8 bytes a parameter, and of one of 16 bits 4 more, its master copy.</summary>
    public double OptimizerBytes(ModelPart parts) => In(parts).Sum(parameter => parameter.Value.Elements * (IsHalf(parameter) ? 12.0 : 8.0));

    /// <summary>Gradients of some parts. Those of 16-bit parameters add up in Float32, into which the next one comes in 16 bits.</summary>
    public double GradientBytes(ModelPart parts, bool sums) => In(parts).Sum(parameter => GradientBytes(parameter) + (sums && IsHalf(parameter) ? parameter.Value.Elements * 4.0 : 0));

    /// <summary>The largest parameter's gradient, which is there twice while it is added to a sum.</summary>
    public double LargestGradientBytes(ModelPart parts) => In(parts).Select(GradientBytes).DefaultIfEmpty().Max();

    /// <summary>The output projection's gradient, which comes first; 0 where it is not trained.</summary>
    public double HeadGradientBytes(ModelPart parts) =>
        (parts & (config.Language.TieWordEmbeddings ? ModelPart.Embeddings : ModelPart.Head)) == 0 ? 0 : (double)config.Language.VocabSize * config.Language.HiddenSize * dtype.Size();

    /// <summary>The embedding's gradient, which comes last, and where the output projection is tied to it, the sum of both; 0 where it is not trained.</summary>
    public double EmbeddingGradientBytes(ModelPart parts) =>
        (parts & ModelPart.Embeddings) == 0 ? 0 : (config.Language.TieWordEmbeddings ? 2.0 : 1) * config.Language.VocabSize * config.Language.HiddenSize * dtype.Size();

    private static double GradientBytes(Parameter parameter) => (double)parameter.Value.Elements * parameter.Value.DType.Size();

    private static bool IsHalf(Parameter parameter) => parameter.Value.DType.Size() == 2;

    /// <summary>
    /// FLOPs of a forward pass over text and image tokens, the head left out: 2 for each active weight of a layer and token, and
    /// 4 L S D for attention's scores and mixtures, of L layers and width D over rows of S tokens; the connector's weights for image tokens.
    /// </summary>
    /// <param name="tokens">All tokens.</param>
    /// <param name="visual">Those of images.</param>
    /// <param name="wanted">Those whose output is asked for: of the others a dense last layer computes keys and values alone.</param>
    /// <param name="row">S.</param>
    public double Forward(double tokens, double visual, double wanted, double row) =>
        2 * (OfLayers(tokens, wanted, Layers) + visual * SizeOf(ModelPart.Connector).Total) + Attention(tokens, wanted, row);

    /// <summary>
    /// FLOPs of the backward pass: as many as forward for the gradients of activations, and 2 for each trained weight and token for its own.
    /// With everything trained forward and backward are the well-known 6 N a token.
    /// </summary>
    public double Backward(double tokens, double visual, double wanted, double row, ModelPart trained) =>
        Forward(tokens, visual, wanted, row) + Attention(tokens, wanted, row)
        + 2 * (OfLayers(tokens, wanted, trained & Layers) + visual * SizeOf(trained & ModelPart.Connector).Total);

    /// <summary>FLOPs of the logits at some positions: 2 D V each.</summary>
    public double Logits(double positions) => 2 * positions * config.Language.HiddenSize * config.Language.VocabSize;

    /// <summary>FLOPs of the tower for some images: 2 for each weight and patch, and its attention.</summary>
    public double Tower(double images) => config.Vision is not { } vision
        ? 0
        : images * (vision.Patches + 1) * (2 * SizeOf(ModelPart.Vision).Total + 4.0 * vision.LayersUsed * (vision.Patches + 1) * vision.HiddenSize);

    /// <summary>Bytes of the tower's features of an image.</summary>
    public double FeatureBytes => config.Vision is { } vision ? (double)vision.Tokens * vision.HiddenSize * dtype.Size() : 0;

    /// <summary>
    /// Bytes that a tower that is trained keeps of an image: of every layer the inputs of norms, projections and activation, packed heads and, of a short
    /// row, the weights of attention.
    /// </summary>
    public double TowerActivationBytes
    {
        get
        {
            if (config.Vision is not { } vision) return 0;
            double tokens = vision.Patches + 1, weights = tokens <= 256 ? vision.NumAttentionHeads * tokens : 0;
            return vision.LayersUsed * tokens * (8 * vision.HiddenSize + 2 * vision.IntermediateSize + weights) * dtype.Size();
        }
    }

    /// <summary>FLOPs of computing again what recomputation did not keep: attention, and the dense feed-forward networks.</summary>
    public double Again(double tokens, double wanted, double row) =>
        2 * OfLayers(tokens, wanted, ModelPart.Attention | ModelPart.Ffn) + Attention(tokens, wanted, row);

    // Weights of some parts of the layers, each counted once for every token that meets it.
    private double OfLayers(double tokens, double wanted, ModelPart parts) =>
        tokens * SizeOf(parts).Active - (IsLastSparse ? 0 : (tokens - wanted) * In(parts).Where(IsOfOutputs).Sum(parameter => (double)parameter.Value.Elements));

    // Of scores and mixtures.
    private double Attention(double tokens, double wanted, double row) =>
        4.0 * row * config.Language.HiddenSize * (tokens * config.Language.NumHiddenLayers - (IsLastSparse ? 0 : tokens - wanted));

    private bool IsLastSparse => config.Experts?.Layers.Contains(config.Language.NumHiddenLayers - 1) ?? false;

    // Whether it is one of the last layer's, and makes neither keys nor values.
    private bool IsOfOutputs(Parameter parameter) => parameter.Name.StartsWith($"model.layers.{config.Language.NumHiddenLayers - 1}.", StringComparison.Ordinal)
        && !parameter.Name.Contains(".k_proj.", StringComparison.Ordinal) && !parameter.Name.Contains(".v_proj.", StringComparison.Ordinal);

    private IEnumerable<Parameter> In(ModelPart parts) => model.AllParameters.Where(parameter => (parameter.Part & parts) != 0);

    private static double BytesOf(IEnumerable<Parameter> parameters) => parameters.Sum(parameter => (double)parameter.Value.Elements * parameter.Value.DType.Size());

    public void Dispose() => model.Dispose();
}
