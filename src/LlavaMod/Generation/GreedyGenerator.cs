using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Generation;

/// <summary>One prompt to answer.</summary>
/// <param name="Sequence">Ids with image placeholders; labels are not read.</param>
/// <param name="Images">Its images, in order.</param>
public sealed record Prompt(EncodedSample Sequence, IReadOnlyList<PreparedImage> Images);

/// <summary>
/// Greedy decoding of several prompts at once: one pass over the prompts, padded on the left, then a token a step with a key-value cache. A row
/// that has ended waits for the others.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="vision">Features of its tower.</param>
public sealed class GreedyGenerator(Llava model, VisionFeatures vision)
{
    /// <summary>The new tokens of each prompt, without the end-of-text token.</summary>
    /// <param name="prompts">At least one.</param>
    /// <param name="maxNewTokens">Most tokens of an answer.</param>
    /// <param name="endOfText">The token that ends an answer; null runs to the limit.</param>
    /// <param name="onLogits">Sees the logits [B, V] of every step.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public IReadOnlyList<int[]> Generate(
        IReadOnlyList<Prompt> prompts, int maxNewTokens, int? endOfText, Action<Tensor>? onLogits = null, CancellationToken cancellation = default)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var batch = Splicer.Splice(
            [.. prompts.Select(prompt => prompt.Sequence)], new SpliceOptions { TokensPerImage = model.TokensPerImage, PadLeft = true });
        var answers = new Answers(prompts.Count, endOfText);
        var device = model.Parameters.Device;
        long capacity = batch.Length + maxNewTokens;
        using var cache = new KvCache(model.Language.Config, batch.Rows, capacity, model.Parameters.DType, device);
        var (mask, lastPositions) = Padding(batch, capacity, device);

        var input = LlavaInput.From(batch, device);
        var features = vision.Of(model.Tower, [.. prompts.SelectMany(prompt => prompt.Images)], trained: false);
        long[] next = Prefill(input, features, cache, onLogits);
        for (int made = 0; made < maxNewTokens && answers.Add(next) && made + 1 < maxNewTokens; made++)
        {
            cancellation.ThrowIfCancellationRequested();
            next = Decode(next, made + 1, cache, mask, lastPositions, onLogits);
        }
        return answers.Rows;
    }

    private long[] Prefill(LlavaInput input, Tensor? features, KvCache cache, Action<Tensor>? onLogits)
    {
        using var scope = new TensorScope();
        var language = new LanguageInput(model.Embed(input, features), input.Mask, input.Positions);
        var hidden = model.Language.Forward(language, Routing(input.Mask?.Reshape(-1)), cache);
        return Choose(hidden.Select(1, hidden.Size(1) - 1), onLogits);
    }

    private long[] Decode(long[] tokens, int offset, KvCache cache, Tensor? mask, long[]? lastPositions, Action<Tensor>? onLogits)
    {
        using var scope = new TensorScope();
        var device = model.Parameters.Device;
        var ids = Tensor.From(tokens, tokens.Length, 1).To(device);
        var positions = lastPositions is null
            ? null
            : Tensor.From(Array.ConvertAll(lastPositions, last => last + offset), tokens.Length, 1).To(device);
        var seen = mask?.Narrow(1, 0, cache.Length + 1);
        var hidden = model.Language.Forward(new LanguageInput(model.Language.Embed(ids), seen, positions), Routing(null), cache);
        return Choose(hidden.Select(1, 0), onLogits);
    }

    // hidden: [B, D]
    private long[] Choose(Tensor hidden, Action<Tensor>? onLogits)
    {
        var logits = model.Language.Logits(hidden);
        onLogits?.Invoke(logits);
        return logits.Argmax(-1).ToArray<long>();
    }

    private static RoutingPass Routing(Tensor? mask) => new() { TokenMask = mask };

    // Where rows have padding: which of the first capacity places hold real tokens, and the position of each prompt's last token.
    private static (Tensor? Mask, long[]? LastPositions) Padding(SplicedBatch batch, long capacity, Device device)
    {
        if (!batch.HasPadding) return (null, null);
        var real = new bool[batch.Rows * capacity];
        var last = new long[batch.Rows];
        for (int row = 0; row < batch.Rows; row++)
        {
            for (int i = 0; i < capacity; i++)
            {
                real[row * capacity + i] = i >= batch.Length || batch.Kinds[row * batch.Length + i] != TokenKind.Padding;
            }
            last[row] = batch.Positions![(row + 1) * batch.Length - 1];
        }
        return (Tensor.From(real, batch.Rows, capacity).To(device), last);
    }

    private sealed class Answers(int rows, int? endOfText)
    {
        private readonly List<int>[] tokens = [.. Enumerable.Range(0, rows).Select(_ => new List<int>())];
        private readonly bool[] ended = new bool[rows];

        public int[][] Rows => [.. tokens.Select(row => row.ToArray())];

        // False once every row has ended.
        public bool Add(long[] next)
        {
            for (int row = 0; row < next.Length; row++)
            {
                ended[row] |= next[row] == endOfText;
                if (!ended[row]) tokens[row].Add((int)next[row]);
            }
            return ended.Contains(false);
        }
    }
}
