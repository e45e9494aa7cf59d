namespace LlavaMod.Data.World;

/// <summary>
/// Writes questions about one scene. Yes and no are equally likely wherever the caller does not fix them; a "no" about existence is drawn in
/// equal parts from POPE's three settings. A question whose answer the facts leave open is never asked.
/// </summary>
internal sealed class QuestionWriter(Scene scene, WorldStatistics statistics, WorldRandom random)
{
    /// <summary>A question of one kind, or null where this scene has none.</summary>
    /// <param name="kind">The kind of question.</param>
    /// <param name="yes">The answer wanted from a question of yes or no; null draws it.</param>
    /// <param name="about">The question must be about this kind of object, which the scene shows; null is any.</param>
    /// <param name="avoid">A mask of kinds that a question of existence, colour or shape must not be about.</param>
    public Question? Ask(QuestionKind kind, bool? yes = null, ObjectKind? about = null, uint avoid = 0) => kind switch
    {
        QuestionKind.Existence => AskExistence(yes, about, avoid),
        QuestionKind.Count => AskCount(),
        QuestionKind.Colour => AskColour(about, avoid),
        QuestionKind.Shape => AskShape(about, avoid),
        QuestionKind.Relation => AskRelation(yes, about),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>The question whether a kind is in the scene.</summary>
    public static Question Existence(Scene scene, ObjectKind kind) =>
        new(QuestionKind.Existence, $"Is there {kind.WithArticle()}?", WorldWords.YesOrNo(scene.Shows(kind)), [kind]);

    private Question? AskExistence(bool? yes, ObjectKind? about, uint avoid)
    {
        if (about is { } named)
            return Existence(scene, named);
        // Whether a "yes" is possible is looked at before the coin is thrown: a scene without one asks neither, and the balance holds.
        var present = Candidates(null, avoid).ToArray();
        if (present.Length == 0)
            return null;
        var kind = yes ?? random.Coin() ? random.Pick(present).Kind : AbsentKinds.Pick(scene, statistics, random, avoid);
        return Existence(scene, kind);
    }

    /// <summary>First a count that some colour or shape has, then one of those: otherwise most answers would be zero.</summary>
    private Question AskCount()
    {
        Span<int> counts = stackalloc int[ObjectKind.ColourCount + ObjectKind.ShapeCount];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = i < ObjectKind.ColourCount ? scene.Count((Colour)i) : scene.Count((Shape)(i - ObjectKind.ColourCount));

        var present = 0; // bit c: something is there c times
        foreach (var count in counts)
            present |= 1 << count;
        int answer;
        do
            answer = random.Below(Scene.MaxObjects + 1);
        while ((present & (1 << answer)) == 0);
        int counted;
        do
            counted = random.Below(counts.Length);
        while (counts[counted] != answer);
        var things = counted < ObjectKind.ColourCount ? $"{((Colour)counted).Word()} objects" : ((Shape)(counted - ObjectKind.ColourCount)).Plural();
        return new Question(QuestionKind.Count, $"How many {things} are there?", WorldWords.Numbers[answer], []);
    }

    private Question? AskColour(ObjectKind? about, uint avoid)
    {
        var unique = Candidates(about, avoid).Where(item => scene.Count(item.Kind.Shape) == 1).ToArray();
        if (unique.Length == 0)
            return null;
        var kind = random.Pick(unique).Kind;
        return new Question(QuestionKind.Colour, $"What colour is the {kind.Shape.Word()}?", kind.Colour.Word(), [kind]);
    }

    private Question? AskShape(ObjectKind? about, uint avoid)
    {
        var unique = Candidates(about, avoid).Where(item => scene.Count(item.Kind.Colour) == 1).ToArray();
        if (unique.Length == 0)
            return null;
        var kind = random.Pick(unique).Kind;
        return new Question(QuestionKind.Shape, $"What shape is the {kind.Colour.Word()} object?", kind.Shape.Word(), [kind]);
    }

    /// <summary>Two objects in different columns (left, right) or rows (above, below); every two objects differ in one or both.</summary>
    private Question AskRelation(bool? yes, ObjectKind? about)
    {
        var one = random.Pick(Candidates(about, avoid: 0).ToArray());
        var other = random.Pick(scene.Objects.Where(item => item != one).ToArray());
        var subject = random.Coin() ? one : other;
        var anchor = subject == one ? other : one;

        var across = subject.Row == anchor.Row || (subject.Column != anchor.Column && random.Coin());
        var before = across ? subject.Column < anchor.Column : subject.Row < anchor.Row;
        var holds = yes ?? random.Coin();
        var relation = (across, before == holds) switch
        {
            (true, true) => "left of",
            (true, false) => "right of",
            (false, true) => "above",
            (false, false) => "below",
        };
        var text = $"Is the {subject.Kind} {relation} the {anchor.Kind}?";
        return new Question(QuestionKind.Relation, text, WorldWords.YesOrNo(holds), [subject.Kind, anchor.Kind]);
    }

    private IEnumerable<SceneObject> Candidates(ObjectKind? about, uint avoid) =>
        scene.Objects.Where(item => (avoid & item.Kind.Bit) == 0 && (about is not { } kind || item.Kind == kind));
}
