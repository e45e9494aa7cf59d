using System.Text.Json.Nodes;

namespace LlavaMod.Tokenization;

/// <summary>What a byte-level BPE is made of; all 256 bytes have a token.</summary>
internal sealed record BpeParts : TokenizerParts
{
    /// <summary>How many tokens are of the model itself.</summary>
    public required int BaseCount { get; init; }

    /// <summary>In order of rank.</summary>
    public required IReadOnlyList<(int Left, int Right, int Result)> Merges { get; init; }

    /// <summary>The rule that cuts text into words.</summary>
    public required WordSplitter Splitter { get; init; }

    /// <summary>Whether text is brought to Unicode's form C first.</summary>
    public required bool Normalizes { get; init; }

    /// <summary>Whether a word that is a token as a whole is that token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>tokenizer_config.json of a trained tokenizer.</summary>
    public JsonObject Config { get; init; } = [];

    /// <inheritdoc/>
    public override string NormalizedPattern(string content) => Normalizes ? Nfc.Normalize(content).ToString() : content;
}
