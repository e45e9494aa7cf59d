namespace LlavaMod.Generation;

/// <summary>An answer.</summary>
public sealed record GeneratedAnswer
{
    /// <summary>
    /// The new tokens. The token with which the model ends an answer is not among them; those that make up a stop string are.
    /// </summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>
    /// Their text without special tokens, without a stop string and what follows it, and without white space at both ends. Empty without a
    /// tokenizer.
    /// </summary>
    public required string Text { get; init; }

    /// <summary>Why it ended.</summary>
    public required FinishReason Finish { get; init; }

    /// <summary>An entry for each of <see cref="Tokens"/>; null where they were not asked for.</summary>
    public IReadOnlyList<TokenLogProbability>? LogProbabilities { get; init; }

    /// <summary>Tokens of the prompt, every image counted as the tokens that it takes.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public int CompletionTokens => Tokens.Count;
}
