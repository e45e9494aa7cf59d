using LlavaMod.Recipes;

namespace LlavaMod.Checkpoints;

/// <summary>Finds the tensor that somebody probably meant.</summary>
internal static class NearestTensor
{
    private const int MostCompared = 1000; // of the candidates that are about as long
    private const int LongestCompared = 160;

    /// <summary>The name with the fewest edits, or null where none is near: within a sixth of the name's length, at least 2.</summary>
    public static string? To(string name, IEnumerable<string> names)
    {
        if (name.Length > LongestCompared) return null;
        int limit = Math.Max(2, name.Length / 6);
        return names.Where(other => Math.Abs(other.Length - name.Length) <= limit).Take(MostCompared)
            .Select(other => (Name: other, Distance: Nearest.Distance(name, other)))
            .Where(candidate => candidate.Distance <= limit)
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }
}
