namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// VQA's soft accuracy (Antol et al. 2015, arXiv 1505.00468): an answer is worth min(1, n/3), n the others who gave it, averaged over leaving each
/// person out.
/// </summary>
internal static class VqaAccuracy
{
    private const double Enough = 3;

    /// <summary>What each answer is worth, by its normal form; answers that nobody gave are worth nothing.</summary>
    /// <param name="people">The people's answers.</param>
    public static IReadOnlyDictionary<string, double> Of(IEnumerable<string> people)
    {
        var answers = people.Select(VqaAnswer.Normalise).ToList();
        return answers.CountBy(answer => answer).ToDictionary(
            given => given.Key, given => answers.Average(left => Math.Min(1, (given.Value - (left == given.Key ? 1 : 0)) / Enough)));
    }
}
