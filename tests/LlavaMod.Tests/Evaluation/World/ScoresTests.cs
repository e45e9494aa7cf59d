using LlavaMod.Data.World;
using LlavaMod.Evaluation.World;

namespace LlavaMod.Tests.Evaluation.World;

public class ScoresTests
{
    [Fact]
    public void Pope_is_as_computed_by_hand()
    {
        // TP 3 (of 5 yes: one missed by "no", one unparsed), FP 1, TN 3 (of 5 no: one unparsed)
        var scores = Pope(
            ("yes", "yes"), ("yes", "Yes."), ("yes", "yes, there is"), ("yes", "no"), ("yes", "maybe"),
            ("no", "no"), ("no", "No, there is not."), ("no", "there is not"), ("no", "yes"), ("no", "yes and no"));
        scores.ShouldBe(new PopeScores(10, 0.6, 0.75, 0.6, 2 * 0.75 * 0.6 / 1.35, 0.4, 2), PopeTolerance.Instance);
    }

    /// <summary>LLaVA-1.5-13B on POPE's adversarial COCO questions: published accuracy 0.855 and F1 0.845.</summary>
    [Fact]
    public void Pope_of_a_published_confusion_matrix_is_as_published()
    {
        IEnumerable<(string, string)> Many(int count, string reference, string answer) => Enumerable.Repeat((reference, answer), count);
        var scores = Pope(
            [.. Many(1182, "yes", "Yes"), .. Many(117, "no", "Yes"), .. Many(1383, "no", "No"), .. Many(318, "yes", "No")]);
        scores.ShouldBe(new PopeScores(3000, 0.855, 0.9099307159, 0.788, 0.8445873526, 0.433, 0), PopeTolerance.Instance);
    }

    [Fact]
    public void Chair_is_as_computed_by_hand()
    {
        var (red, blue, green) = (new ObjectKind(Colour.Red, Shape.Circle), new ObjectKind(Colour.Blue, Shape.Square), new ObjectKind(Colour.Green, Shape.Cross));
        var two = SceneOf(red, blue);
        var three = SceneOf(red, blue, green);
        var scores = CaptionScores.Of([
            NamedObjects.In("A large red circle and a small blue square.", two),                      // 2 of 2, wrong sizes are no hallucination
            NamedObjects.In("A small red circle, a small red square and a small red square.", three), // 1 of 3, and 2 hallucinated mentions
            NamedObjects.In("There is a red circle, a red circle and a yellow circle", two),          // 1 of 2, 1 hallucinated, malformed
            NamedObjects.In("nothing", three),                                                        // 0 of 3, malformed
        ]);
        // captions with hallucination 2 / 4; mentions 3 / 8; objects found 4 / 10
        scores.ShouldBe(new CaptionScores(4, 0.5, 0.375, 0.4, 8, 2));
    }

    [Theory]
    [InlineData(QuestionKind.Existence, "yes", "yes")]
    [InlineData(QuestionKind.Relation, " NO\n", "no")]
    [InlineData(QuestionKind.Existence, "There is not. Yes", "no")]
    [InlineData(QuestionKind.Existence, "yes no", null)]
    [InlineData(QuestionKind.Existence, "nothing", null)]
    [InlineData(QuestionKind.Count, "Two.", "two")]
    [InlineData(QuestionKind.Count, "2", "two")]
    [InlineData(QuestionKind.Count, "12", null)]
    [InlineData(QuestionKind.Count, "6", null)]
    [InlineData(QuestionKind.Colour, "red", "red")]
    [InlineData(QuestionKind.Colour, "circle", null)]
    [InlineData(QuestionKind.Colour, "red red", null)]
    [InlineData(QuestionKind.Shape, "A circle.", "circle")]
    [InlineData(QuestionKind.Shape, "", null)]
    public void An_answer_is_read_or_unparsed(QuestionKind kind, string text, string? answer) => ShortAnswer.Parse(kind, text).ShouldBe(answer);

    private static PopeScores Pope(params (string Reference, string Answer)[] answers) => PopeScores.Of([.. answers.Select(one => WorldAnswer.Of(
        new WorldItem("q", WorldPart.Pope, SceneOf(), [], one.Reference, QuestionKind.Existence), one.Answer))]);

    private static Scene SceneOf(params ObjectKind[] kinds) =>
        new(WorldSplit.Train, 0, [.. kinds.Select((kind, i) => new SceneObject(kind, ObjectSize.Small, 0, i, 0.5, 0.5))], 0);

    private sealed class PopeTolerance : IEqualityComparer<PopeScores>
    {
        public static readonly PopeTolerance Instance = new();

        public bool Equals(PopeScores? x, PopeScores? y) => Values(x!).Zip(Values(y!)).All(pair => Math.Abs(pair.First - pair.Second) < 1e-9);

        public int GetHashCode(PopeScores scores) => scores.Count;

        private static double[] Values(PopeScores scores) =>
            [scores.Count, scores.Accuracy, scores.Precision, scores.Recall, scores.F1, scores.YesRatio, scores.Unparsed];
    }
}
