using LlavaMod.Recipes;

namespace LlavaMod.Models.Language;

/// <summary>Names a language family as config.json's <c>model_type</c> does.</summary>
public sealed class LanguageFamilyAttribute(string name) : CatalogEntryAttribute(name);

/// <summary>One family of language models: which of config.json's keys it knows, and what they mean for our decoder.</summary>
public abstract class LanguageFamily
{
    /// <summary>The decoder's sizes and choices for a vocabulary of this many rows.</summary>
    public abstract LanguageConfig Configure(long vocabSize);
}
