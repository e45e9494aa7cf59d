namespace LlavaMod.Recipes;

/// <summary>Finds the name that somebody probably meant.</summary>
internal static class Nearest
{
    private const int LongestCompared = 64;

    /// <summary>"did you mean 'x'?" where a name is near enough, otherwise the list of what is allowed.</summary>
    public static string Hint(string word, IEnumerable<string> allowed)
    {
        var names = allowed.ToArray();
        if (To(word, names) is { } near)
            return $"did you mean '{near}'?";
        return names.Length == 0 ? "none is known" : $"allowed: {string.Join(", ", names)}";
    }

    /// <summary>The name at the smallest edit distance, or null where none is within a third of the word's length (at least 2).</summary>
    public static string? To(string word, IEnumerable<string> names)
    {
        if (word.Length > LongestCompared)
            return null;
        var limit = Math.Max(2, word.Length / 3);
        return names.Select(name => (Name: name, Distance: Distance(word, name)))
            .Where(candidate => candidate.Distance <= limit)
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }

    /// <summary>Edits between two words, where swapping two neighbouring letters is one edit; case does not count.</summary>
    internal static int Distance(string a, string b)
    {
        (a, b) = (a.ToLowerInvariant(), b.ToLowerInvariant());
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            table[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            table[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(replaced, 1 + Math.Min(table[i - 1, j], table[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }
        return table[a.Length, b.Length];
    }
}
