using LlavaMod.Recipes;

namespace LlavaMod.Objectives;

/// <summary>Names an <see cref="Objective"/> for recipes.</summary>
/// <param name="name">The name in recipes, for example <c>forward-kl</c>.</param>
public sealed class ObjectiveAttribute(string name) : CatalogEntryAttribute(name);
