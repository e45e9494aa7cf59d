using System.ComponentModel.DataAnnotations;

namespace LlavaMod.Recipes;

/// <summary>A tokenizer read from a folder, or trained on the run's own data.</summary>
public sealed record TokenizerSpec
{
    /// <summary>A folder with tokenizer.json, tokenizer.model, or vocab.json and merges.txt.</summary>
    [RecipePath]
    public string? Path { get; init; }

    /// <summary>The datasets whose text a new byte-level BPE is trained on.</summary>
    public ValueList<string>? Train { get; init; }

    /// <summary>How many tokens a trained tokenizer has: 256 bytes, special tokens and merges.</summary>
    [Range(260, 1_000_000)]
    public int VocabSize { get; init; } = 512;
}
