using LlavaMod.Recipes;

namespace LlavaMod.Fuzz;

/// <summary>Names a kind of file by the end of its name: <c>[FileKind("png")]</c>.</summary>
/// <param name="name">The extension, without its dot.</param>
public sealed class FileKindAttribute(string name) : CatalogEntryAttribute(name);
