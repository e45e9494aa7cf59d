using LlavaMod.Data.World;

namespace LlavaMod.Evaluation.World;

/// <summary>Accuracy of short answers.</summary>
/// <param name="Count">How many questions.</param>
/// <param name="Accuracy">Share of right answers, 0 to 1; an unparsed answer is wrong.</param>
/// <param name="Unparsed">Answers that no question of their kind can have.</param>
public sealed record AnswerScores(int Count, double Accuracy, int Unparsed)
{
    internal static AnswerScores Of(IReadOnlyCollection<(QuestionKind Kind, string Reference, string Answer)> answers)
    {
        var (right, unparsed) = (0, 0);
        foreach (var (kind, reference, answer) in answers)
        {
            var parsed = ShortAnswer.Parse(kind, answer);
            right += parsed == reference ? 1 : 0;
            unparsed += parsed is null ? 1 : 0;
        }

        return new AnswerScores(answers.Count, Ratio.Of(right, answers.Count), unparsed);
    }
}
