using LlavaMod.Recipes;

namespace LlavaMod.Data.Images;

/// <summary>Puts a file format into the catalog that <see cref="ImageDecoder"/> looks through.</summary>
/// <param name="name">The format's name in the catalog, for example <c>jpeg</c>.</param>
internal sealed class ImageFormatAttribute(string name) : CatalogEntryAttribute(name);
