using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Generation;

/// <summary>
/// The prompts of a session and their pass through the model, in groups of rows that fit into memory. B prompts, padded on the left to T tokens.
/// </summary>
internal sealed class PromptBatch
{
    private readonly Llava model;
    private readonly IReadOnlyList<Prompt> prompts;
    private readonly long mostBytes;
    private readonly int[] lengths;

    /// <summary>Lays prompts out.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">At least one.</param>
    /// <param name="mostBytes">Of the largest tensor that a pass makes: attention scores [B, H, T, T], or the feed-forward layers' [B, T, I].</param>
    public PromptBatch(Llava model, IReadOnlyList<Prompt> prompts, long mostBytes)
    {
        (this.model, this.prompts, this.mostBytes) = (model, prompts, mostBytes);
        lengths = [.. prompts.Select(prompt => Splicer.LengthOf(prompt.Sequence, model.TokensPerImage))];
        Length = lengths.Max();
    }

    /// <summary>T.</summary>
    public int Length { get; }

    /// <summary>Whether any prompt is shorter than the longest.</summary>
    public bool HasPadding => lengths.Any(length => length < Length);

    /// <summary>Padding before a prompt.</summary>
    public int PaddingOf(int row) => Length - lengths[row];

    /// <summary>Position of a prompt's last token.</summary>
    public int LastPosition(int row) => lengths[row] - 1;

    /// <summary>Fills the cache; returns the hidden states [B, D] of the last tokens.</summary>
    /// <param name="cache">An empty cache with a row for each prompt.</param>
    /// <param name="vision">Features of the model's tower.</param>
    /// <param name="cancellation">Stops between groups.</param>
    public Tensor Prefill(KvCache cache, VisionFeatures vision, CancellationToken cancellation)
    {
        using var scope = new TensorScope();
        int most = RowsAtOnce;
        var last = new List<Tensor>();
        for (int first = 0; first < prompts.Count; first += most)
        {
            cancellation.ThrowIfCancellationRequested();
            int rows = Math.Min(most, prompts.Count - first);
            if (rows == prompts.Count)
            {
                last.Add(Pass(prompts, cache, vision));
                continue;
            }
            // A group is padded to its own longest prompt; all prompts end at one place of the cache.
            int length = lengths.Skip(first).Take(rows).Max();
            using var part = cache.Part(first, rows, Length - length);
            last.Add(Pass([.. prompts.Skip(first).Take(rows)], part, vision));
        }
        if (cache.Length == 0) cache.Advance(Length);
        return scope.Return(last.Count == 1 ? last[0] : Shaping.Cat([.. last]));
    }

    private int RowsAtOnce
    {
        get
        {
            var config = model.Language.Config;
            long row = Length * Math.Max(config.NumAttentionHeads * (long)Length, config.IntermediateSize) * sizeof(float);
            return (int)Math.Clamp(mostBytes / row, 1, prompts.Count);
        }
    }

    // -> [rows, D]
    private Tensor Pass(IReadOnlyList<Prompt> group, KvCache cache, VisionFeatures vision)
    {
        using var scope = new TensorScope();
        var batch = Splicer.Splice(
            [.. group.Select(prompt => prompt.Sequence)], new SpliceOptions { TokensPerImage = model.TokensPerImage, PadLeft = true });
        var input = LlavaInput.From(batch, model.Parameters.Device);
        var features = vision.Of(model.Tower, [.. group.SelectMany(prompt => prompt.Images)], trained: false);
        var routing = new RoutingPass { TokenMask = input.Mask?.Reshape(-1) };
        var hidden = model.Language.Forward(new LanguageInput(model.Embed(input, features), input.Mask, input.Positions), routing, cache);
        return scope.Return(hidden.Select(1, hidden.Size(1) - 1));
    }
}
