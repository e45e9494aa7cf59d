namespace LlavaMod.Recipes;

/// <summary>
/// Marks the property of a spec that holds the options of a named part. In YAML they stand beside the spec's own keys:
/// <c>{name: forward-kl, weight: 1, temperature: 2}</c>.
/// </summary>
/// <param name="parts">Which list of <see cref="RecipeParts"/> knows the part.</param>
/// <param name="name">The spec's property that names it.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OptionsOfAttribute(string parts, string name) : Attribute
{
    public string Parts { get; } = parts;

    public string NameProperty { get; } = name;

    /// <summary>Properties that, where set, take the place of the name and its options.</summary>
    public string[] Unless { get; init; } = [];
}
