namespace LlavaMod.Recipes;

/// <summary>
/// Marks a string of a recipe or of a part's options as a file or folder. A relative path starts at the folder of the recipe file that
/// holds it (or, in <c>--set</c>, at the current folder) and is made absolute; what it names must exist,
/// unless <see cref="Made"/> says otherwise.
/// </summary>
/// <param name="keywords">Words that stand for themselves instead of a path.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RecipePathAttribute(params string[] keywords) : Attribute
{
    /// <summary>Words that stand for themselves instead of a path.</summary>
    public IReadOnlyList<string> Keywords { get; } = keywords;

    /// <summary>Whether another command makes it, so that it need not exist when the recipe is read.</summary>
    public bool Made { get; init; }

    /// <summary>Whether it may be a pattern with <c>*</c>, <c>?</c> and braces; something must then be at every path it stands for.</summary>
    public bool Pattern { get; init; }
}
