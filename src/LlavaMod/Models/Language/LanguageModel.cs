using LlavaMod.Models.Attending;
using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>What one pass of a language model starts from. B sequences of T tokens.</summary>
/// <param name="Embeddings">[B, T, D].</param>
/// <param name="AttentionMask">
/// Real tokens, Bool [B, S], the cached ones first, those of a sequence next to each other; null when all are. Not beside spans.
/// </param>
/// <param name="Positions">Int64 [B, T]; null counts from the cache's length on.</param>
/// <param name="Spans">The tokens that each token sees, where rows are padded or hold several samples. Not with a cache.</param>
/// <param name="Wanted">
/// The positions whose hidden states are asked for, N indices into [B * T] in any order; null for all. A dense last layer then computes keys and
/// values everywhere, and everything else at these positions only.
/// </param>
public sealed record LanguageInput(
    Tensor Embeddings, Tensor? AttentionMask = null, Tensor? Positions = null, KeySpans? Spans = null, long[]? Wanted = null);

/// <summary>
/// A pre-norm decoder: embeddings, layers of attention and feed-forward, a last norm, and the output projection. Its families differ in their
/// <see cref="LanguageConfig"/> alone. Parameter names are Hugging Face's: <c>model.layers.0.self_attn.q_proj.weight</c>.
/// </summary>
public sealed class LanguageModel : IDisposable
{
    private readonly Tensor embedding; // [V, D]
    private readonly Tensor head;      // [V, D]
    private readonly DecoderLayer[] layers;
    private readonly RmsNorm norm;
    private readonly RotaryEmbedding rotary;

    /// <summary>Builds the model; its parameters go to the scope's store.</summary>
    /// <param name="scope">The root of the checkpoint's names.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="experts">Which layers are sparse; null for a dense model.</param>
    public LanguageModel(ParameterScope scope, LanguageConfig config, ExpertsConfig? experts = null)
    {
        Config = config;
        Experts = experts;
        var model = scope / "model";
        var start = Initializer.Normal(config.InitializerRange);
        embedding = (model / "embed_tokens").Of(ModelPart.Embeddings).Parameter("weight", [config.VocabSize, config.HiddenSize], start);
        layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new DecoderLayer(model / "layers" / i, i, config, experts))];
        norm = new RmsNorm((model / "norm").Of(ModelPart.Norms), config.HiddenSize, config.RmsNormEps);
        head = config.TieWordEmbeddings
            ? embedding
            : (scope / "lm_head").Of(ModelPart.Head).Parameter("weight", [config.VocabSize, config.HiddenSize], start);
        rotary = new RotaryEmbedding(config.HeadDim, config.RopeTheta, config.RopeScaling);
    }

    /// <summary>Sizes.</summary>
    public LanguageConfig Config { get; }

    /// <summary>Which layers are sparse, or null.</summary>
    public ExpertsConfig? Experts { get; }

    /// <summary>The output projection, [V, D]: the embedding itself where they are tied.</summary>
    internal Tensor Head => head;

    /// <summary>Rows of the embedding for ids [B, T]: [B, T, D].</summary>
    public Tensor Embed(Tensor ids) => ids.Embedding(embedding);

    /// <summary>Hidden states after the last norm: [B, T, D], or [N, D] at the positions that the input wants, in their order.</summary>
    /// <param name="input">Embeddings, mask, positions, wanted positions.</param>
    /// <param name="routing">What sparse layers need and record.</param>
    /// <param name="cache">Earlier tokens; grows by T.</param>
    /// <param name="recompute">Keep no activations within layers but those of experts; compute them again in backward. Not with a cache.</param>
    /// <param name="hiddenStates">Receives the embeddings and every layer's output, the last one after the norm.</param>
    public Tensor Forward(
        LanguageInput input, RoutingPass routing, KvCache? cache = null, bool recompute = false, ICollection<Tensor>? hiddenStates = null)
    {
        if (cache is not null && (input.Spans is not null || GradMode.IsOn))
        {
            throw new ArgumentException("a cache is for inference, with recording off, and for rows of one sample each", nameof(cache));
        }
        var x = input.Embeddings;
        long batch = x.Size(0), length = x.Size(1), past = cache?.Length ?? 0;
        var angles = input.Positions is null && cache is null
            ? rotary.Upto(length, x.Device)
            : rotary.At(input.Positions ?? Create.Range(past, past + length, x.Device).Unsqueeze(0));
        var context = cache is null
            ? new LayerContext(angles, angles, input.Spans ?? SpansOf(input.AttentionMask, (int)batch, (int)length))
            : new LayerContext(angles, angles, Spans: null, CausalMask(length, past, input.AttentionMask, x.Device));
        // Experts route every token, a cache and a list of states hold every token.
        bool early = input.Wanted is { Length: > 0 } && !layers[^1].IsSparse && cache is null && hiddenStates is null;
        foreach (var layer in layers)
        {
            hiddenStates?.Add(x);
            if (early && layer == layers[^1]) context = context.Only(WantedPositions.Of(input.Wanted!, (int)batch, (int)length, x.Device));
            x = layer.Forward(x, context, cache, routing, recompute);
        }
        cache?.Advance(length);
        if (hiddenStates is null) return norm.Forward(Wanted(x));
        x = norm.Forward(x);
        hiddenStates.Add(x);
        return Wanted(x);

        Tensor Wanted(Tensor states) => input.Wanted is null || early
            ? states
            : states.Reshape(batch * length, -1).IndexSelect(0, Tensor.From(input.Wanted, input.Wanted.Length).To(states.Device));
    }

    /// <summary>Scores of every word for hidden states [..., D]: [..., V].</summary>
    public Tensor Logits(Tensor hidden) => Linear.Product(hidden, head);

    // Waits for the device where there is a mask: passes of training bring their spans.
    private static KeySpans SpansOf(Tensor? attentionMask, int batch, int length)
    {
        if (attentionMask is null) return KeySpans.Causal(batch, length);
        int[] samples = Array.ConvertAll(attentionMask.ToArray<bool>(), real => real ? 0 : -1);
        for (int start = 0; start < samples.Length; start += length)
        {
            if (samples.AsSpan(start, length).Trim(-1).Contains(-1)) throw new ArgumentException($"sequence {start / length} has padding between its tokens");
        }
        return KeySpans.Of(samples, length);
    }

    // Additive Float32 mask [B or 1, 1, T, S]; null when every token may see all S (one new token, no padding). The lowest finite number
    // instead of -inf: a row of padding that may see nothing then gets even weights, not NaN.
    private static Tensor? CausalMask(long length, long past, Tensor? attentionMask, Device device)
    {
        if (length == 1 && attentionMask is null) return null;
        using var scope = new TensorScope();
        if (length == 1) return scope.Return(Additive(attentionMask!.Unsqueeze(1).Unsqueeze(1))); // the last token sees all before it
        var rows = Create.Range(past, past + length, device).Unsqueeze(-1); // [T, 1]
        var columns = Create.Range(0, past + length, device).Unsqueeze(0);  // [1, S]
        var allowed = columns.LessEqual(rows).Unsqueeze(0).Unsqueeze(0);    // [1, 1, T, S]
        if (attentionMask is not null) allowed = allowed.And(attentionMask.Unsqueeze(1).Unsqueeze(1));
        return scope.Return(Additive(allowed));

        Tensor Additive(Tensor seen) => Create.Zeros(seen.Shape, device: device).MaskedFill(seen.Not(), float.MinValue);
    }

    /// <summary>Releases what the model keeps beside its parameters, which are their store's.</summary>
    public void Dispose() => rotary.Dispose();
}
