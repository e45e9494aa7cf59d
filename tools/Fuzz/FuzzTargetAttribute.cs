using LlavaMod.Recipes;

namespace LlavaMod.Fuzz;

/// <summary>Names a reader that is fuzzed: <c>./llavamod fuzz --target NAME</c>.</summary>
/// <param name="name">The name, for example <c>safetensors</c>.</param>
public sealed class FuzzTargetAttribute(string name) : CatalogEntryAttribute(name);
