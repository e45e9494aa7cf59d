namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// Two-sided paired permutation test (Fisher 1935, Pitman 1937; Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses): were the two
/// sides alike, it would not matter which of them gave which answer. For every question, or group of questions that belong together, a coin says
/// whether the sides change places; p is the share of such draws in which the figures are at least as far apart as they are, the observation
/// itself counted: (hits + 1) / (draws + 1). Seeded.
/// </summary>
internal static class PermutationTest
{
    /// <summary>How often sides are changed; p is at least 1 / (draws + 1).</summary>
    public const int Draws = 1000;

    private const int Seed = 20_240_816;

    // Sums in another order differ in their last bits, and equal differences must count as such.
    private const double Rounding = 1e-12;

    /// <summary>p of some figures.</summary>
    /// <param name="groups">The group of every question; null for one that stands alone.</param>
    /// <param name="sides">The figures of both sides when the questions for which the list is true have changed theirs.</param>
    public static IReadOnlyDictionary<string, double> PValues(
        IReadOnlyList<string?> groups, Func<bool[], (IReadOnlyDictionary<string, double> First, IReadOnlyDictionary<string, double> Second)> sides)
    {
        var (first, second) = sides(new bool[groups.Count]);
        var drawn = Swaps(groups).AsParallel().Select(sides).ToList();
        return first.Keys.ToDictionary(name => name, name =>
        {
            double least = Math.Abs(second[name] - first[name]) - (Rounding * Math.Max(1, Math.Abs(first[name])));
            return (drawn.Count(figures => !(Math.Abs(figures.Second[name] - figures.First[name]) < least)) + 1.0) / (Draws + 1);
        });
    }

    private static IEnumerable<bool[]> Swaps(IReadOnlyList<string?> groups)
    {
        int[][] grouped = Bootstrap.Grouped(groups);
        var random = new Random(Seed);
        for (int draw = 0; draw < Draws; draw++)
        {
            var swapped = new bool[groups.Count];
            foreach (int[] group in grouped)
            {
                bool swap = random.Next(2) == 1;
                foreach (int index in group) swapped[index] = swap;
            }
            yield return swapped;
        }
    }
}
