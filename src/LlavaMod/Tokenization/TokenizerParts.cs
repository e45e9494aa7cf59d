using System.Text.Json.Nodes;

namespace LlavaMod.Tokenization;

/// <summary>What a tokenizer is made of, checked: every name resolves, ids are 0 to n-1, all 256 bytes have a token.</summary>
internal sealed record TokenizerParts
{
    /// <summary>All tokens: first those of vocab.json, then added tokens that it lacks.</summary>
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>How many of them are in vocab.json.</summary>
    public required int BaseCount { get; init; }

    /// <summary>In order of rank.</summary>
    public required IReadOnlyList<(int Left, int Right, int Result)> Merges { get; init; }

    /// <summary>Tokens matched in the raw text.</summary>
    public required IReadOnlyList<AddedToken> Added { get; init; }

    /// <summary>The rule that cuts text into words.</summary>
    public required WordSplitter Splitter { get; init; }

    /// <summary>The token that ends a text.</summary>
    public required string EndOfText { get; init; }

    /// <summary>The token that fills batches.</summary>
    public required string Pad { get; init; }

    /// <summary>tokenizer_config.json, with all its keys, so that saving loses none.</summary>
    public required JsonObject Config { get; init; }
}
