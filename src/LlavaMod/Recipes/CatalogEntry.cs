namespace LlavaMod.Recipes;

/// <summary>One named part that a recipe may use.</summary>
/// <param name="Type">The class behind the name.</param>
/// <param name="OptionsType">Its nested record <c>Options</c>, or null where it takes none.</param>
/// <param name="Attribute">The attribute that named it.</param>
public sealed record CatalogEntry(Type Type, Type? OptionsType, CatalogEntryAttribute Attribute)
{
    /// <summary>The name in recipes.</summary>
    public string Name => Attribute.Name;

    /// <summary>What it is, in one line.</summary>
    public string Summary => Attribute.Summary;

    /// <summary>Makes the part.</summary>
    /// <param name="options">An instance of <see cref="OptionsType"/>; null stands for the defaults.</param>
    /// <exception cref="ArgumentException">The options are of another type, or missing although some have no default.</exception>
    public object Create(object? options = null)
    {
        if (OptionsType is null)
            return options is null ? Activator.CreateInstance(Type)! : throw new ArgumentException($"'{Name}' takes no options.");
        return Activator.CreateInstance(Type, CheckedOptions(options, OptionsType))!;
    }

    private object CheckedOptions(object? options, Type type)
    {
        options ??= RecordShape.Of(type).CreateDefault()
            ?? throw new ArgumentException($"'{Name}' has options without a default: give them.");
        return type.IsInstanceOfType(options)
            ? options
            : throw new ArgumentException($"'{Name}' takes {type}, not {options.GetType()}.");
    }
}
