namespace LlavaMod.Data.World;

/// <summary>
/// Wrong labels for training text, as real instruction data have them: each answer, and each attribute of an object in a caption, is
/// replaced by another of its sort with a fixed probability. Its numbers come from a stream of their own, so the questions asked do not
/// depend on it. No noise makes a held-out kind.
/// </summary>
internal sealed class LabelNoise(double probability, WorldRandom random)
{
    /// <summary>The answer that the training text gives.</summary>
    public string Answer(Question question)
    {
        if (!random.Chance(probability))
            return question.Answer;
        var answers = Question.Answers(question.Kind);
        string wrong;
        do
            wrong = random.Pick(answers);
        while (wrong == question.Answer);
        return wrong;
    }

    /// <summary>The object as the training caption names it.</summary>
    public Mention Describe(SceneObject item)
    {
        var size = random.Chance(probability) ? 1 - item.Size : item.Size;
        var kind = item.Kind;
        if (random.Chance(probability))
            kind = Other(kind, static (kind, random) => kind with { Colour = (Colour)random.Below(ObjectKind.ColourCount) });
        if (random.Chance(probability))
            kind = Other(kind, static (kind, random) => kind with { Shape = (Shape)random.Below(ObjectKind.ShapeCount) });
        return new Mention(size, kind);
    }

    private ObjectKind Other(ObjectKind kind, Func<ObjectKind, WorldRandom, ObjectKind> draw)
    {
        ObjectKind other;
        do
            other = draw(kind, random);
        while (other == kind || other.IsHeldOut);
        return other;
    }
}
