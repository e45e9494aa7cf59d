using LlavaMod.Data;

namespace LlavaMod.Tests.Data;

public sealed class PairedRowTests
{
    private const int Image = Splicer.ImageId, None = Splicer.Ignored;

    private static EncodedSample Row(int[] prompt, params int[] answer) => new("row", [.. prompt, .. answer], [.. prompt.Select(_ => None), .. answer]);

    private static PairedRow Pair(bool packed, (EncodedSample Chosen, EncodedSample Rejected)[] pairs)
    {
        var options = new SpliceOptions { TokensPerImage = 2, Packed = packed };
        return PairedRow.Of(Splicer.Splice([.. pairs.Select(pair => pair.Chosen)], options), Splicer.Splice([.. pairs.Select(pair => pair.Rejected)], options));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_answers_begin_with_is_there_once(bool packed)
    {
        int[] first = [1, Image, 2], second = [3];
        var row = Pair(packed, [(Row(first, 7, 8), Row(first, 7, 9, 10)), (Row(second, 4), Row(second, 5, 6))]);
        var batch = row.Batch;
        (batch.Rows, batch.Length, batch.SampleCount, batch.HasPadding).ShouldBe((1, 12, 2, false));
        batch.Ids.ShouldBe([1, 0, 0, 2, 7, 8, 9, 10, 3, 4, 5, 6]);
        batch.Samples.ShouldBe([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
        batch.Endings.ShouldBe([0, 0, 0, 0, 0, 1, 2, 2, 0, 1, 2, 2]);
        batch.Positions.ShouldBe([0, 1, 2, 3, 4, 5, 5, 6, 0, 1, 1, 2]);
        batch.ImagePositions.ShouldBe([1, 2]);
        batch.ImageRows.ShouldBe([0, 1]);
        row.Chosen.Where(place => place >= 0).ShouldBe([0, 1, 2, 3, 4, 5, 8, 9]);
        row.Rejected.Where(place => place >= 0).ShouldBe([0, 1, 2, 3, 4, 6, 7, 8, 10, 11]);
    }

    [Fact]
    public void An_answer_may_end_where_the_other_goes_on()
    {
        var batch = Pair(packed: false, [(Row([1], 2, 3), Row([1], 2))]).Batch;
        batch.Ids.ShouldBe([1, 2, 3]);
        batch.Endings.ShouldBe([0, 0, 1]);
    }

    [Fact]
    public void Different_images_are_not_shared()
    {
        // Of two pictures the rejected prompt has one word between them less.
        var batch = Pair(packed: true, [(Row([Image, 5, Image], 9), Row([Image, Image], 9))]).Batch;
        batch.Ids.ShouldBe([0, 0, 5, 0, 0, 9, 0, 0, 9]);
        batch.Endings.ShouldBe([0, 0, 1, 1, 1, 1, 2, 2, 2]);
        batch.ImagePositions.ShouldBe([0, 1, 3, 4, 6, 7]);
        batch.ImageRows.ShouldBe([0, 1, 2, 3, 2, 3]);
    }
}
