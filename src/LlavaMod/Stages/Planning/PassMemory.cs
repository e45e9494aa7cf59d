using LlavaMod.Models;
using LlavaMod.Models.Attending;
using LlavaMod.Models.Language;
using LlavaMod.Torch;

namespace LlavaMod.Stages.Planning;

/// <summary>
/// Bytes of one pass of a model over rows of tokens, as its layers keep them. D width, F inner width, H Dh width of all query heads, K Dh of all key
/// heads; e bytes of the model's type, and 4 of what is computed in Float32 whatever that type is: norms, routers, and attention on a processor.
/// </summary>
/// <param name="config">The model.</param>
/// <param name="dtype">Its type.</param>
/// <param name="trained">What receives gradients; nothing for a teacher.</param>
internal sealed class PassMemory(LlavaConfig config, DType dtype, ModelPart trained)
{
    private const int Exact = 4;
    private const int Index = 8;

    private readonly LanguageConfig language = config.Language;
    private readonly int e = dtype.Size();

    private double Width => language.HiddenSize;

    private double Inner => language.IntermediateSize;

    private double Queries => language.NumAttentionHeads * language.HeadDim;

    private double Keys => language.NumKeyValueHeads * language.HeadDim;

    private int Sparse => config.Experts?.Layers.Count ?? 0;

    private bool LastIsSparse => config.Experts?.Layers.Contains((int)language.NumHiddenLayers - 1) ?? false;

    /// <summary>Kept until backward, over <paramref name="tokens"/> in rows of <paramref name="row"/>, of which <paramref name="wanted"/> are asked for.</summary>
    public double Kept(double tokens, double wanted, double visual, double row, bool recompute)
    {
        long layers = language.NumHiddenLayers, dense = layers - Sparse;
        double embeddings = tokens * e * Width + visual * ConnectorKept;
        if (recompute)
        {
            double whole = tokens * (AttentionKept(row) + Math.Max(FfnKept, Sparse > 0 ? ExpertsKept : 0));
            return embeddings + tokens * (layers * e * Width + Sparse * (Exact * Width + ExpertsKept)) + whole;
        }
        double all = embeddings + tokens * ((layers - 1) * AttentionKept(row) + Sparse * ExpertsKept + (dense - 1) * FfnKept);
        // The last layer computes only keys and values everywhere, but where it routes.
        return LastIsSparse
            ? all + tokens * (AttentionKept(row) + FfnKept)
            : all + tokens * (Norm + 2 * Exact * Keys) + wanted * (AttentionKept(row) + FfnKept);
    }

    /// <summary>Held for a moment in backward beside what is kept: gradients of one layer's activations.</summary>
    public double Backward(double tokens) => tokens * Math.Max(
        2 * e * Inner * (Sparse > 0 ? 1.0 * config.Experts!.TopK / config.Experts.NumExperts + 1 : 1) + 4 * e * Width,
        Exact * (2 * Queries + 3 * Keys) + e * (Queries + 2 * Keys) + 2 * e * Width);

    /// <summary>Held for a moment by a pass that keeps nothing.</summary>
    public double Forward(double tokens) => tokens * (Math.Max(2 * e * Inner, Exact * (2 * Queries + 2 * Keys) + e * Queries) + 3 * e * Width);

    private double Norm => e * Width + Exact;

    // The norm's input, its output for projections that are trained, packed heads, weights of short rows, and the input of a trained output projection.
    private double AttentionKept(double row)
    {
        bool isTrained = (trained & ModelPart.Attention) != 0;
        double weights = row <= BlockAttention.ShortRow ? Exact * language.NumAttentionHeads * Math.Min(row, (row + BlockAttention.BlockQueries) / 2) : 0;
        return Norm + Exact * (Queries + 2 * Keys) + weights + (isTrained ? e * (Width + Queries) : 0);
    }

    private double FfnKept => Norm + e * (Width + 2 * Inner);

    private double ExpertsKept
    {
        get
        {
            if (config.Experts is not { } experts) return 0;
            double routing = 4 * Exact * experts.NumExperts + (Exact + 4 * Index) * experts.TopK + (dtype.Size() == Exact ? 0 : Exact * Width);
            return Norm + routing + e * (Width + 2 * Inner * (experts.TopK + (experts.UseResidual ? 1 : 0)));
        }
    }

    // Of each of an image's tokens: what goes into and out of every layer of the connector.
    private double ConnectorKept => config.Vision is null ? 0 : 4 * e * Width;
}
