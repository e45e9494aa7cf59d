namespace LlavaMod.Tokenization;

/// <summary>What every tokenizer is made of, checked: every name resolves, ids are 0 to n-1.</summary>
internal abstract record TokenizerParts
{
    /// <summary>All tokens: first those of the model, then added tokens that it lacks.</summary>
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>Tokens matched before anything else.</summary>
    public required IReadOnlyList<AddedToken> Added { get; init; }

    /// <summary>The token that models see first; null for none.</summary>
    public string? BeginningOfText { get; init; }

    /// <summary>The token that ends a text.</summary>
    public required string EndOfText { get; init; }

    /// <summary>The token that fills batches.</summary>
    public required string Pad { get; init; }

    /// <summary>What it was read from; null for a trained one.</summary>
    public TokenizerFiles? Files { get; init; }

    /// <summary>What an added token looks like in normalised text.</summary>
    public abstract string NormalizedPattern(string content);
}
