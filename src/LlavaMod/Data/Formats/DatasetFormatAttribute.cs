using LlavaMod.Recipes;

namespace LlavaMod.Data.Formats;

/// <summary>Names a dataset format for recipes: <c>data: {captions: {format: NAME, ...}}</c>.</summary>
/// <param name="name">The name in recipes, for example <c>llava</c>.</param>
public sealed class DatasetFormatAttribute(string name) : CatalogEntryAttribute(name);
