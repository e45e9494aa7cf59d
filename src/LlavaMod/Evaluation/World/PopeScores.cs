using LlavaMod.Data.World;

namespace LlavaMod.Evaluation.World;

/// <summary>
/// POPE (Li et al. 2023) for one setting; "yes" is the positive class. An unparsed answer is neither yes nor no: it is wrong, a missed yes
/// where the answer is yes, and no false yes where it is no (POPE itself would take it for a yes).
/// </summary>
/// <param name="Count">How many questions, half of them with answer yes.</param>
/// <param name="Accuracy">(TP + TN) / Count.</param>
/// <param name="Precision">TP / (TP + FP), 0 where nothing was answered yes.</param>
/// <param name="Recall">TP / questions with answer yes.</param>
/// <param name="F1">2 P R / (P + R).</param>
/// <param name="YesRatio">Share of answers that are yes.</param>
/// <param name="Unparsed">Answers that are neither yes nor no.</param>
public sealed record PopeScores(int Count, double Accuracy, double Precision, double Recall, double F1, double YesRatio, int Unparsed)
{
    internal static PopeScores Of(IReadOnlyCollection<WorldAnswer> answers)
    {
        string yes = WorldWords.YesOrNo(true), no = WorldWords.YesOrNo(false);
        int positive = answers.Count(answer => answer.Reference == yes);
        int truePositive = answers.Count(answer => answer.Reference == yes && answer.Said == yes);
        int falsePositive = answers.Count(answer => answer.Reference == no && answer.Said == yes);
        int trueNegative = answers.Count(answer => answer.Reference == no && answer.Said == no);
        return new PopeScores(
            answers.Count,
            Ratio.Of(truePositive + trueNegative, answers.Count),
            Ratio.Of(truePositive, truePositive + falsePositive),
            Ratio.Of(truePositive, positive),
            Ratio.Of(2 * truePositive, truePositive + falsePositive + positive), // = 2PR / (P + R)
            Ratio.Of(truePositive + falsePositive, answers.Count),
            answers.Count(answer => answer.Said is null));
    }

    /// <summary>The mean of each measure over the settings; counts are sums.</summary>
    internal static PopeScores Mean(IReadOnlyCollection<PopeScores> settings) => new(
        settings.Sum(scores => scores.Count),
        settings.Average(scores => scores.Accuracy),
        settings.Average(scores => scores.Precision),
        settings.Average(scores => scores.Recall),
        settings.Average(scores => scores.F1),
        settings.Average(scores => scores.YesRatio),
        settings.Sum(scores => scores.Unparsed));
}
