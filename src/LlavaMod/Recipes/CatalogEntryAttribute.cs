namespace LlavaMod.Recipes;

/// <summary>
/// Puts a class into the <see cref="Catalog{T}"/> of every interface or base class that it has, under a name that recipes use.
/// Each kind of part derives its own attribute: <c>[Objective("forward-kl")]</c>, <c>[ChatTemplate("qwen")]</c>.
/// </summary>
/// <remarks>
/// The class has one public constructor: without parameters, or with one parameter of its nested record <c>Options</c>.
/// The record's properties (<c>init</c>, with documented defaults; <c>required</c> where there is none) are the keys that a recipe may
/// set, in snake_case. They may be numbers, strings, booleans, enums, <see cref="ValueList{T}"/>, <see cref="ValueMap{T}"/> and further
/// records; <see cref="System.ComponentModel.DataAnnotations.RangeAttribute"/> limits a number, <see cref="RecipePathAttribute"/> marks
/// a path.
/// </remarks>
/// <param name="name">The name in recipes, unique within its catalog; lower case, words joined by <c>-</c> or <c>_</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public abstract class CatalogEntryAttribute(string name) : Attribute
{
    /// <summary>The name in recipes.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// A name with an <c>N</c> in it is a family of names, one for each number from this to <see cref="To"/>; the class's constructor takes the number first.
    /// </summary>
    public int From { get; init; }

    /// <summary>The largest number of a family of names; 0 where the name is one.</summary>
    public int To { get; init; }

    /// <summary>One line for <c>llavamod list</c> and the docs: what it is, and the paper it comes from.</summary>
    public required string Summary { get; init; }
}
