namespace LlavaMod.Data.World;

/// <summary>A question about a scene, with its true answer.</summary>
/// <param name="Kind">What sort of question it is; it fixes <see cref="Answers"/>.</param>
/// <param name="Text">The question.</param>
/// <param name="Answer">One word.</param>
/// <param name="Mentions">The kinds of objects that the question, or the question and its answer together, name in full.</param>
public sealed record Question(QuestionKind Kind, string Text, string Answer, IReadOnlyList<ObjectKind> Mentions)
{
    /// <summary>Every answer that a question of this kind can have.</summary>
    public static IReadOnlyList<string> Answers(QuestionKind kind) => kind switch
    {
        QuestionKind.Existence or QuestionKind.Relation => WorldWords.YesNo,
        QuestionKind.Count => WorldWords.Numbers,
        QuestionKind.Colour => WorldWords.Colours,
        QuestionKind.Shape => WorldWords.Shapes,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
