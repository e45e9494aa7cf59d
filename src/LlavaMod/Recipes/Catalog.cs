using System.Collections.Immutable;
using System.Reflection;

namespace LlavaMod.Recipes;

/// <summary>
/// The named parts of one kind: every concrete class derived from <typeparamref name="T"/> that carries a
/// <see cref="CatalogEntryAttribute"/>, in this assembly and in those given to <see cref="Catalog.Register"/>. Adding a part is adding
/// its file: recipes, <c>llavamod list</c>, the docs and the contract tests read it from here.
/// </summary>
/// <typeparam name="T">What the parts have in common, for example the interface of all objectives.</typeparam>
public static class Catalog<T> where T : class
{
    private static Scanned? scanned;

    /// <summary>All entries, by name in ordinal order.</summary>
    /// <exception cref="InvalidOperationException">Two classes have one name, or a class cannot be made from its options.</exception>
    public static IReadOnlyList<CatalogEntry> Entries
    {
        get
        {
            var assemblies = Catalog.Assemblies;
            var current = scanned;
            if (current is null || current.Assemblies != assemblies)
                scanned = current = new Scanned(assemblies, Scan(assemblies.SelectMany(assembly => assembly.GetTypes())));
            return current.Entries;
        }
    }

    /// <summary>The entry of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="file">The file that holds the name, where messages should say it.</param>
    /// <exception cref="UserError">No entry has this name; the message gives the nearest.</exception>
    public static CatalogEntry Find(string name, string? file = null) =>
        Entries.Select(entry => entry.For(name)).FirstOrDefault(entry => entry is not null)
        ?? throw new UserError($"{(file is null ? "" : $"{file}: ")}unknown {Catalog.KindOf(typeof(T))} '{name}'; {Nearest.Hint(name, Entries.SelectMany(entry => entry.Names))}");

    /// <summary>Makes the part of a name.</summary>
    /// <param name="name">The name in recipes.</param>
    /// <param name="options">The entry's options; null stands for the defaults.</param>
    /// <exception cref="UserError">No entry has this name; the message gives the nearest.</exception>
    /// <exception cref="ArgumentException">The options are of another type than the entry takes.</exception>
    public static T Create(string name, object? options = null) => (T)Find(name).Create(options);

    internal static ImmutableArray<CatalogEntry> Scan(IEnumerable<Type> types)
    {
        var entries = types.Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(T)))
            .Select(type => (Type: type, Attribute: type.GetCustomAttribute<CatalogEntryAttribute>()))
            .Where(found => found.Attribute is not null)
            .Select(found => Catalog.EntryOf(found.Type, found.Attribute!))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .ToImmutableArray();
        foreach (var (first, second) in entries.Zip(entries.Skip(1)))
        {
            if (first.Name == second.Name)
                throw new InvalidOperationException($"{first.Type} and {second.Type} are both named '{first.Name}'.");
        }
        return entries;
    }

    private sealed record Scanned(ImmutableArray<Assembly> Assemblies, ImmutableArray<CatalogEntry> Entries);
}

/// <summary>What all catalogs share: the assemblies in which they look.</summary>
public static class Catalog
{
    private static ImmutableArray<Assembly> assemblies = [typeof(Catalog).Assembly];

    internal static ImmutableArray<Assembly> Assemblies => assemblies;

    /// <summary>Adds the parts of another assembly to every catalog. Registering an assembly twice changes nothing.</summary>
    public static void Register(Assembly assembly) =>
        ImmutableInterlocked.Update(ref assemblies, known => known.Contains(assembly) ? known : known.Add(assembly));

    internal static CatalogEntry EntryOf(Type type, CatalogEntryAttribute attribute)
    {
        var options = type.GetNestedType("Options", BindingFlags.Public | BindingFlags.NonPublic);
        Type[] number = attribute.To > 0 ? [typeof(int)] : [];
        if (type.GetConstructor(options is null ? number : [.. number, options]) is null)
        {
            var wanted = (number.Length > 0 ? "with a number first, and then " : "") + (options is null ? "without parameters" : "with the one parameter Options");
            throw new InvalidOperationException($"{type}, named '{attribute.Name}', needs a public constructor {wanted}.");
        }
        return new CatalogEntry(type, options, attribute);
    }

    /// <summary><c>IDatasetFormat</c> reads as "dataset format" in messages.</summary>
    internal static string KindOf(Type type)
    {
        var name = type is { IsInterface: true } && type.Name.StartsWith('I') ? type.Name[1..] : type.Name;
        return KeyName.Of(name).Replace('_', ' ');
    }
}
