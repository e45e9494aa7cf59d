namespace LlavaMod.Evaluation.World;

/// <summary>Accuracy of short answers.</summary>
/// <param name="Count">How many questions.</param>
/// <param name="Accuracy">Share of right answers, 0 to 1; an unparsed answer is wrong.</param>
/// <param name="Unparsed">Answers that no question of their kind can have.</param>
public sealed record AnswerScores(int Count, double Accuracy, int Unparsed)
{
    internal static AnswerScores Of(IReadOnlyCollection<WorldAnswer> answers) => new(
        answers.Count, Ratio.Of(answers.Count(answer => answer.IsRight), answers.Count), answers.Count(answer => answer.Said is null));
}
