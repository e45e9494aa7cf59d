namespace LlavaMod.Data.World;

/// <summary>
/// Several different questions about one scene, of mixed kinds in mixed order. No answer stands in an earlier turn: "Is the red circle left of
/// the blue square?" has told that there is a red circle, what its colour and shape are, and whether it is right of the square.
/// </summary>
internal static class QuestionSeries
{
    private static readonly QuestionKind[] Kinds = Enum.GetValues<QuestionKind>();

    /// <summary>Up to <paramref name="count"/> questions; fewer where the scene has no more.</summary>
    public static List<Question> About(Scene scene, WorldStatistics statistics, int count, WorldRandom random)
    {
        var writer = new QuestionWriter(scene, statistics, random);
        var questions = new List<Question>(count);
        var named = 0u;
        Span<QuestionKind> kinds = stackalloc QuestionKind[Kinds.Length];
        for (var grown = true; grown && questions.Count < count;)
        {
            grown = false;
            Kinds.CopyTo(kinds);
            random.Shuffle(kinds);
            foreach (var kind in kinds)
            {
                if (questions.Count == count || writer.Ask(kind, avoid: named) is not { } question || IsAsked(questions, question))
                    continue;
                questions.Add(question);
                grown = true;
                foreach (var mention in question.Mentions)
                    named |= mention.Bit;
            }
        }

        return questions;
    }

    private static bool IsAsked(List<Question> questions, Question question)
    {
        foreach (var asked in questions)
        {
            if (asked.Text == question.Text || (asked.Kind == QuestionKind.Relation && IsRelation(question, asked.Mentions)))
                return true;
        }

        return false;
    }

    private static bool IsRelation(Question question, IReadOnlyList<ObjectKind> of) =>
        question.Kind == QuestionKind.Relation && of.Contains(question.Mentions[0]) && of.Contains(question.Mentions[1]);
}
