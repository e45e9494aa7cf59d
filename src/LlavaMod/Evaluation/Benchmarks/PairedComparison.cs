using LlavaMod.Recipes;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// Results of one benchmark, question by question against the first of them: every headline figure with its interval, its difference to the first
/// with the interval of that (<see cref="Bootstrap"/>), and how likely such a difference is by chance (<see cref="PermutationTest"/>, corrected by
/// <see cref="HolmCorrection"/> over the results). Figures are the benchmark's own, computed again over every draw, also where they are no means.
/// </summary>
public sealed record PairedComparison
{
    /// <summary>The benchmark's name.</summary>
    public required string Benchmark { get; init; }

    /// <summary>Questions that are compared.</summary>
    public required int Compared { get; init; }

    /// <summary>Questions that some results have an answer to and others not; they are not compared.</summary>
    public required int LeftOut { get; init; }

    /// <summary>Questions that the benchmark has.</summary>
    public required int Questions { get; init; }

    /// <summary>The headline figures, in the benchmark's order.</summary>
    public required IReadOnlyList<ComparedMetric> Metrics { get; init; }

    /// <summary>Compares results.</summary>
    /// <param name="results">Two or more, with the names of their files for messages; the others are compared with the first.</param>
    /// <param name="allowPartial">Whether to compare the questions that all have answered where some have answered more.</param>
    /// <exception cref="UserError">
    /// They are of different benchmarks, questions, scorer versions or judges, or answer different questions; or a file is not what it says.
    /// </exception>
    public static PairedComparison Of(IReadOnlyList<(string File, BenchmarkResult Result)> results, bool allowPartial = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(results.Count, 2);
        var comparable = ComparableResults.Of(results, Catalog<Benchmark>.Create(results[0].Result.Benchmark), allowPartial);
        return new PairedComparison
        {
            Benchmark = results[0].Result.Benchmark,
            Compared = comparable.Items[0].Count,
            LeftOut = comparable.LeftOut,
            Questions = results[0].Result.Score.Questions,
            Metrics = new Sides(comparable).Compare(),
        };
    }

    /// <summary>The contributions of all sides in one row: question q of side s is at s * count + q.</summary>
    private sealed class Sides(ComparableResults results)
    {
        private readonly int count = results.Items[0].Count;
        private readonly int sides = results.Items.Count;
        private readonly string?[] groups = [.. results.Items[0].Select(item => item.Group)];
        private readonly Func<int[], Figures> figures = results.Benchmark.FiguresOf([.. results.Items.SelectMany(items => items)]);

        public IReadOnlyList<ComparedMetric> Compare()
        {
            int[] everything = [.. Enumerable.Range(0, count)];
            var values = Enumerable.Range(0, sides).Select(side => Metrics(side, everything)).ToList();
            var drawn = Bootstrap.Each(groups, questions => Enumerable.Range(0, sides).Select(side => Metrics(side, questions)).ToArray());
            var chances = Enumerable.Range(1, sides - 1).Select(Chance).ToList();
            return [.. values[0].Keys.Select(name => new ComparedMetric(name, Values(name)))];

            List<ComparedValue> Values(string name)
            {
                double[] corrected = HolmCorrection.Of([.. chances.Select(chance => chance[name])]);
                return [.. Enumerable.Range(0, sides).Select(side => new ComparedValue(
                    values[side][name],
                    Bootstrap.Middle(drawn.Select(draw => draw[side][name])),
                    side == 0 ? null : new PairedDifference(
                        values[side][name] - values[0][name],
                        Bootstrap.Middle(drawn.Select(draw => draw[side][name] - draw[0][name])),
                        chances[side - 1][name],
                        corrected[side - 1])))];
            }
        }

        private IReadOnlyDictionary<string, double> Metrics(int side, int[] questions) =>
            figures(Array.ConvertAll(questions, question => (side * count) + question)).Metrics;

        private IReadOnlyDictionary<string, double> Chance(int side) => PermutationTest.PValues(groups, swapped => (Mixed(swapped, 0, side), Mixed(swapped, side, 0)));

        private IReadOnlyDictionary<string, double> Mixed(bool[] swapped, int side, int other)
        {
            var questions = new int[count];
            for (int question = 0; question < count; question++) questions[question] = ((swapped[question] ? other : side) * count) + question;
            return figures(questions).Metrics;
        }
    }
}
