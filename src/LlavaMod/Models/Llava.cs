using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>
/// Tower, connector and language model (Liu et al. 2023): image features take the place of the image placeholder in the text.
/// </summary>
public sealed class Llava : IDisposable
{
    private readonly ParameterStore? towerStore; // null when the tower is another model's
    private readonly Func<Tensor, Tensor>? connector;

    private Llava(LlavaConfig config, ParameterStore store, VisionTower? tower, bool ownsTower)
    {
        Config = config;
        Parameters = store;
        Tower = tower;
        towerStore = ownsTower ? tower?.Store : null;
        TokensPerImage = config.TokensPerImage;
        Language = new LanguageModel(store.Root, config.Language, config.Experts);
        if (config.Vision is { } vision)
        {
            var scope = (store.Root / "model" / "mm_projector").Of(ModelPart.Connector);
            connector = config.CreateConnector().Build(scope, vision.HiddenSize, config.Language.HiddenSize);
        }
    }

    /// <summary>Sizes.</summary>
    public LlavaConfig Config { get; }

    /// <summary>The language model's and the connector's parameters.</summary>
    public ParameterStore Parameters { get; }

    /// <summary>The tower; several models may share one. Null for text alone.</summary>
    public VisionTower? Tower { get; }

    /// <summary>The language model.</summary>
    public LanguageModel Language { get; }

    /// <summary>Every parameter, the tower's included.</summary>
    public IEnumerable<Parameter> AllParameters => Tower is null ? Parameters.Parameters : Parameters.Parameters.Concat(Tower.Store.Parameters);

    /// <summary>Tokens that one image takes in the language model.</summary>
    public int TokensPerImage { get; }

    /// <summary>Builds a model from a source of parameters.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="source">Where the parameters come from.</param>
    /// <param name="dtype">Float32 or BFloat16.</param>
    /// <param name="device">Where the model lives.</param>
    /// <param name="sharedTower">Another model's tower to use instead of one of its own; that model must outlive this one.</param>
    public static Llava Build(
        LlavaConfig config, IParameterSource source, DType dtype = DType.Float32, Device? device = null, VisionTower? sharedTower = null)
    {
        var place = device ?? Device.Cpu;
        var tower = sharedTower;
        if (sharedTower is null && config.Vision is { } vision) tower = VisionTower.Build(vision, source, dtype, place);
        return new Llava(config, new ParameterStore(source, dtype, place), tower, ownsTower: sharedTower is null);
    }

    /// <summary>
    /// Embeddings [B, T, D] of a batch: words, and the connector's tokens where images stand.
    /// </summary>
    /// <param name="input">The batch.</param>
    /// <param name="features">Tower features [images, patches, vision width]; null without images.</param>
    public Tensor Embed(LlavaInput input, Tensor? features)
    {
        using var scope = new TensorScope();
        var x = Language.Embed(input.Ids);
        if (input.Mask is not null) x = x * input.Mask.To(x.DType).Unsqueeze(-1);
        if (input.ImagePositions is null) return scope.Return(x);
        if (features is null || connector is null) throw new InvalidOperationException("the batch has images; the model was given no features for them");
        long batch = x.Size(0), length = x.Size(1), width = x.Size(2);
        var tokens = connector(features).Reshape(-1, width); // [images * tokens, D]
        if (input.ImageRows is not null) tokens = tokens.IndexSelect(0, input.ImageRows);
        return scope.Return(x.Reshape(batch * length, width).IndexCopy(0, input.ImagePositions, tokens).Reshape(batch, length, width));
    }

    /// <summary>Hidden states after the last norm: [B, T, D], or [N, D] at the positions that are wanted, in their order.</summary>
    /// <param name="input">The batch.</param>
    /// <param name="features">Tower features [images, patches, vision width]; null without images.</param>
    /// <param name="routing">What sparse layers need and record.</param>
    /// <param name="recompute">Keep few activations; compute the others again in backward.</param>
    /// <param name="wanted">N indices into [B * T]; null for all. See <see cref="LanguageInput.Wanted"/>.</param>
    public Tensor Forward(LlavaInput input, Tensor? features, RoutingPass routing, bool recompute = false, long[]? wanted = null)
    {
        using var scope = new TensorScope(); // what layers hand to each other goes with the pass; what backward needs it holds itself
        var embeddings = Embed(input, features);
        return scope.Return(Language.Forward(new LanguageInput(embeddings, Positions: input.Positions, Spans: input.Spans, Wanted: wanted), routing, recompute: recompute));
    }

    /// <summary>Releases the parameters, and the tower's where it is this model's own.</summary>
    public void Dispose()
    {
        Language.Dispose();
        Parameters.Dispose();
        towerStore?.Dispose();
    }
}
