using LlavaMod.Recipes;

namespace LlavaMod.Models.Language;

/// <summary>Names a language family as config.json's <c>model_type</c> does.</summary>
public sealed class LanguageFamilyAttribute(string name) : CatalogEntryAttribute(name)
{
    /// <summary>The class that loads such a model in transformers, such as <c>Qwen2ForCausalLM</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>What transformers leaves out of a configuration that is a part of another one: its defaults for this family, a JSON object.</summary>
    public required string Defaults { get; init; }

    /// <summary>Other names that LLaVA's descendants give the family behind <c>llava_</c>.</summary>
    public string[] Aliases { get; init; } = [];
}

/// <summary>One family of language models: which of config.json's keys it knows, and what they mean for our decoder.</summary>
public abstract class LanguageFamily
{
    /// <summary>The decoder's sizes and choices for a vocabulary of this many rows.</summary>
    public abstract LanguageConfig Configure(long vocabSize);

    /// <summary>The family of a <c>model_type</c>, without <c>llava_</c> in front.</summary>
    /// <param name="modelType">The name.</param>
    /// <param name="file">The file that holds it, where messages should say it.</param>
    /// <exception cref="UserError">No family has this name; the message gives the nearest.</exception>
    public static CatalogEntry Find(string modelType, string? file = null) =>
        Catalog<LanguageFamily>.Entries.FirstOrDefault(entry => ((LanguageFamilyAttribute)entry.Attribute).Aliases.Contains(modelType))
        ?? Catalog<LanguageFamily>.Find(modelType, file);
}
