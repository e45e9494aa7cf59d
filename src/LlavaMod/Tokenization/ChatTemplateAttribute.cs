using LlavaMod.Recipes;

namespace LlavaMod.Tokenization;

/// <summary>Names a <see cref="ChatTemplate"/> for recipes.</summary>
/// <param name="name">The name, for example <c>qwen</c>.</param>
public sealed class ChatTemplateAttribute(string name) : CatalogEntryAttribute(name);
