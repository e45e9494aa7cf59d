using System.Reflection;

namespace LlavaMod.Recipes;

/// <summary>One named part that a recipe may use.</summary>
/// <param name="Type">The class behind the name.</param>
/// <param name="OptionsType">Its nested record <c>Options</c>, or null where it takes none.</param>
/// <param name="Attribute">The attribute that named it.</param>
public sealed record CatalogEntry(Type Type, Type? OptionsType, CatalogEntryAttribute Attribute)
{
    /// <summary>The number in the name that was asked for, of an entry that is a family of names.</summary>
    public int? Number { get; init; }

    /// <summary>The name in recipes; that of a family of names has an N where the number goes.</summary>
    public string Name => Attribute.Name;

    /// <summary>Every name in recipes.</summary>
    public IReadOnlyList<string> Names => Attribute.To == 0
        ? [Name]
        : [.. Enumerable.Range(Attribute.From, Attribute.To - Attribute.From + 1).Select(number => Name.Replace("N", $"{number}", StringComparison.Ordinal))];

    /// <summary>What it is, in one line.</summary>
    public string Summary => Attribute.Summary;

    /// <summary>This entry under one of its names, or null where it has no such name.</summary>
    public CatalogEntry? For(string name)
    {
        if (Attribute.To == 0) return name == Name ? this : null;
        int index = Names.TakeWhile(known => known != name).Count();
        return index < Names.Count ? this with { Number = Attribute.From + index } : null;
    }

    /// <summary>Makes the part.</summary>
    /// <param name="options">An instance of <see cref="OptionsType"/>; null stands for the defaults.</param>
    /// <exception cref="ArgumentException">The options are of another type, or missing although some have no default.</exception>
    /// <exception cref="UserError">The part refuses its options.</exception>
    public object Create(object? options = null)
    {
        if (OptionsType is null && options is not null)
            throw new ArgumentException($"'{Name}' takes no options.");
        object?[] arguments = OptionsType is null ? [] : [CheckedOptions(options, OptionsType)];
        if (Attribute.To > 0)
            arguments = [Number ?? Attribute.From, .. arguments];
        return Activator.CreateInstance(Type, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
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
