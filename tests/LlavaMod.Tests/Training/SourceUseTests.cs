using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

public class SourceUseTests
{
    private static LoadedBatch Batch(Dictionary<string, int> used, params SkippedSample[] skipped) => new([], 0, skipped) { Sources = used };

    private static SkippedSample Skip(int number) => new("a", $"{number}", "too long", Broken: false);

    [Fact]
    public void Samples_are_counted_by_dataset_and_a_skipped_row_is_named_once()
    {
        IReadOnlyDictionary<string, SourceUse> use = new Dictionary<string, SourceUse>();
        use = SourceUse.Add(use, Batch(new() { ["a"] = 3, ["b"] = 1 }, Skip(1), Skip(2)));
        use = SourceUse.Add(use, Batch(new() { ["b"] = 4 }, Skip(1)));
        (use["a"].Used, use["a"].Skipped).ShouldBe((3, 3));
        use["a"].FirstSkipped.ShouldBe([Skip(1), Skip(2)]);
        (use["b"].Used, use["b"].Skipped).ShouldBe((5, 0));
    }

    [Fact]
    public void Only_the_first_skipped_samples_are_kept_with_their_reasons()
    {
        var use = SourceUse.Add(new Dictionary<string, SourceUse>(), Batch([], [.. Enumerable.Range(0, 500).Select(Skip)]));
        use["a"].Skipped.ShouldBe(500);
        use["a"].FirstSkipped.Count.ShouldBe(SourceUse.Kept);
    }
}
