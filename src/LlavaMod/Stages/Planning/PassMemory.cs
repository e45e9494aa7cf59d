using LlavaMod.Models;
using LlavaMod.Models.Experts;
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

    private long Layers => language.NumHiddenLayers;

    /// <summary>Kept until backward, in bytes.</summary>
    public double Kept(PassSize size)
    {
        double all = size.Wanted * LastNormKept + size.Visual * ConnectorKept;
        for (int layer = 0; layer < Layers; layer++)
        {
            // Recomputed are a dense layer and a sparse one's attention: of these only the input stays.
            bool recomputed = size.Recompute && !IsSparse(layer);
            all += recomputed ? size.Tokens * e * Width : Feed(layer, size).Kept + (size.Recompute ? size.Tokens * e * Width : AttentionKept(layer, size));
        }
        return all;
    }

    /// <summary>
    /// The most that stands above <paramref name="before"/> in backward, from the last layer to the first: what each keeps goes, and for a moment there are
    /// gradients of its activations and weights. And what is left at the end, gradients of weights alone.
    /// </summary>
    /// <param name="size">The rows.</param>
    /// <param name="before">What is there: at least what is kept.</param>
    /// <param name="stay">Whether gradients of weights stay, or are added to a sum at once.</param>
    public (double Highest, double Left) Backward(PassSize size, double before, bool stay)
    {
        double held = before - size.Wanted * e * Width, highest = before; // the hidden states' gradient goes into the last norm
        for (int layer = (int)Layers - 1; layer >= 0; layer--)
        {
            var (kept, moment, weights) = Feed(layer, size);
            double attention = AttentionKept(layer, size), again = !size.Recompute ? 0 : attention + (IsSparse(layer) ? 0 : kept);
            highest = Math.Max(highest, held + again + moment + weights);
            held -= size.Recompute && !IsSparse(layer) ? 0 : kept;
            if (stay) held += weights;
            highest = Math.Max(highest, held + (size.Recompute ? attention : 0) + AttentionMoment(layer, size) + AttentionWeights);
            held -= size.Recompute ? size.Tokens * e * Width : attention;
            if (stay) held += AttentionWeights;
        }
        return (highest, held);
    }

    /// <summary>
    /// Held for a moment by a pass that keeps nothing. In a layer: embeddings, its input, what attention added, the norm's output, and inner products and
    /// output of the feed-forward network; or heads as they are projected, packed and mixed.
    /// </summary>
    public double Forward(PassSize size) => size.Tokens * Math.Max(
        e * (5 * Width + (Sparse > 0 ? config.Experts!.TopK * Width : 0) + 2 * Inner),
        e * (3 * Width + 2 * Queries + 2 * Keys) + Exact * (2 * Queries + 2 * Keys) + BlockWeights(size.Tokens, size));

    private bool IsSparse(int layer) => config.Experts?.Layers.Contains(layer) ?? false;

    private bool IsLast(int layer) => layer == Layers - 1 && !IsSparse(layer); // computes only keys and values everywhere

    private bool Trains(ModelPart part) => (trained & part) != 0;

    private double Norm => e * Width + Exact;

    // Its input, its output, and their gradient, which the loss leaves.
    private double LastNormKept => Norm + 2 * e * Width;

    // The norm's input, its output for projections that are trained, packed heads, weights of short rows, and the input of a trained output projection.
    private double AttentionKept(int layer, PassSize size)
    {
        double queries = IsLast(layer) ? size.Wanted : size.Tokens, trains = Trains(ModelPart.Attention) ? e : 0;
        // Queries of responses stand at the end of a row and see most of it.
        double weights = size.KeepsWeights ? Exact * language.NumAttentionHeads * (IsLast(layer) ? size.MostKeys : size.MeanKeys) : 0;
        return size.Tokens * (Norm + trains * Width + 2 * Exact * Keys) + queries * (Exact * Queries + weights + trains * Queries + (IsLast(layer) ? trains * Width : 0));
    }

    // The residual path's gradient and that of the mixture, as it comes and packed; gradients of queries, keys and values; and either weights of a block
    // of queries or the latter three, turned back.
    private double AttentionMoment(int layer, PassSize size)
    {
        double queries = IsLast(layer) ? size.Wanted : size.Tokens, half = e < Exact ? e : 0;
        double block = size.Tokens * BlockWeights(queries, size) * (size.KeepsWeights ? 1 : 2);
        double turned = queries * (Exact + half) * Queries + size.Tokens * 2 * (Exact + half) * Keys;
        return queries * (e * (Width + Queries) + 2 * Exact * Queries) + size.Tokens * 2 * Exact * Keys + Math.Max(block, turned);
    }

    // A token's share of a block's weights: of its queries over the keys that they meet.
    private double BlockWeights(double queries, PassSize size) => Exact * language.NumAttentionHeads * size.Block(queries) * size.MostKeys * size.Rows / size.Tokens;

    private double AttentionWeights => Trains(ModelPart.Attention) ? 2.0 * e * Width * (Queries + Keys) : 0;

    // Kept of a feed-forward network; the gradients of its activations, which come for a moment; and those of its weights.
    private (double Kept, double Moment, double Weights) Feed(int layer, PassSize size)
    {
        double matrices = 3.0 * e * Width * Inner;
        if (!IsSparse(layer))
        {
            double rows = IsLast(layer) ? size.Wanted : size.Tokens;
            return (rows * (Norm + e * (Width + 2 * Inner)), rows * e * (2 * Width + 2 * Inner), Trains(ModelPart.Ffn) ? matrices : 0);
        }
        // One expert at a time computes its rows' share, all rows' gradients are added up afterwards.
        var experts = config.Experts!;
        double share = (double)experts.TopK / experts.NumExperts, residual = experts.UseResidual ? 1 : 0;
        double moment = e * (Width + experts.TopK * Width + share * (2 * Width + 2 * Inner));
        if (residual > 0) moment = Math.Max(moment, e * (4 * Width + 2 * Inner));
        return (size.Tokens * ExpertsKept(experts, residual), size.Tokens * moment, Trains(ModelPart.Experts) ? (experts.NumExperts + residual) * matrices : 0);
    }

    private double ExpertsKept(ExpertsConfig experts, double residual)
    {
        double routing = 4 * Exact * experts.NumExperts + (Exact + 4 * Index) * experts.TopK + (e == Exact ? 0 : Exact * Width);
        return Norm + routing + e * (Width + 2 * Inner * (experts.TopK + residual) + (residual > 0 ? 2 * Width : 0));
    }

    // Of each of an image's tokens: what goes into and out of the activation of a connector that is trained, or under which the tower is.
    private double ConnectorKept => config.Vision is not null && Trains(ModelPart.Connector | ModelPart.Vision) ? 2 * e * Width : 0;
}
