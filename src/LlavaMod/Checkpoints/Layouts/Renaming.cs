namespace LlavaMod.Checkpoints.Layouts;

/// <summary>Replacing of parts of tensor names.</summary>
internal static class Renaming
{
    /// <summary>The name with another start, or null where it does not start so.</summary>
    public static string? Prefix(string name, string from, string to) =>
        name.StartsWith(from, StringComparison.Ordinal) ? to + name[from.Length..] : null;

    /// <summary>The name with the start of the first pair that fits, or null where none does.</summary>
    public static string? Prefix(string name, IEnumerable<(string From, string To)> pairs) =>
        pairs.Select(pair => Prefix(name, pair.From, pair.To)).FirstOrDefault(renamed => renamed is not null);
}
