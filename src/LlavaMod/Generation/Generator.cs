using LlavaMod.Models;
using LlavaMod.Tokenization;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Generation;

/// <summary>
/// Answers prompts: one pass over the prompts of a batch, padded on the left, then a token a step with a key-value cache. Each request has options
/// of its own, and none changes what another one draws.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="vision">Features of its tower.</param>
/// <param name="tokenizer">Makes text of tokens and finds stop strings; null for tokens alone.</param>
/// <param name="ends">Tokens that end an answer; null for none, so that answers run to their limits.</param>
public sealed class Generator(Llava model, VisionFeatures vision, Tokenizer? tokenizer = null, IReadOnlyCollection<int>? ends = null)
{
    /// <summary>Sees the logits [rows, V] of every step, of the rows that are still in the batch.</summary>
    internal Action<Tensor>? OnLogits { get; init; }

    /// <summary>Largest tensor that a pass over prompts may make; more prompts go through in groups of rows.</summary>
    internal long MostPrefillBytes { get; init; } = 1L << 29;

    /// <summary>Begins to answer requests, token by token.</summary>
    /// <param name="requests">At least one.</param>
    /// <exception cref="UserError">An option is out of its range, or a prompt leaves no room for an answer.</exception>
    public GenerationSession Start(IReadOnlyList<GenerationRequest> requests)
    {
        int longest = model.Config.Language.MaxPositionEmbeddings;
        var rows = requests.Select(request => new GenerationRow(request, model.TokensPerImage, longest, tokenizer, ends ?? [])).ToArray();
        var prompts = new PromptBatch(model, [.. requests.Select(request => request.Prompt)], MostPrefillBytes);
        return new GenerationSession(model, vision, prompts, rows, OnLogits);
    }

    /// <summary>Answers requests, all in one batch.</summary>
    /// <param name="requests">At least one.</param>
    /// <param name="onToken">Sees every token as it comes.</param>
    /// <param name="cancellation">Stops between steps and between parts of the pass over the prompts.</param>
    /// <returns>The answers in the order of the requests.</returns>
    /// <exception cref="UserError">An option is out of its range, or a prompt leaves no room for an answer.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; all memory is released.</exception>
    public IReadOnlyList<GeneratedAnswer> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<NewToken>? onToken = null, CancellationToken cancellation = default)
    {
        using var session = Start(requests);
        while (!session.IsDone)
        {
            foreach (var token in session.Step(cancellation)) onToken?.Invoke(token);
        }
        return session.Answers;
    }
}
