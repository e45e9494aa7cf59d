using LlavaMod.Data;

namespace LlavaMod.Tests.Data;

public sealed class SplicerTests
{
    private const int Image = Splicer.ImageId, None = Splicer.Ignored;

    private static EncodedSample Row(params int[] ids) => new("row", ids, ids);

    private static SplicedBatch Splice(SpliceOptions? options, params EncodedSample[] rows) =>
        Splicer.Splice(rows, options ?? new SpliceOptions { TokensPerImage = 3 });

    private static string Kinds(SplicedBatch batch) => string.Concat(batch.Kinds.Select(kind => ".PRV"[(int)kind]));

    [Fact]
    public void An_image_takes_as_many_places_as_it_has_tokens()
    {
        var batch = Splice(null, new EncodedSample("row", [5, Image, 6, 7, 8], [None, None, None, 7, 8]));
        (batch.Rows, batch.Length, batch.Tokens).ShouldBe((1, 7, 7));
        batch.Ids.ShouldBe([5, 0, 0, 0, 6, 7, 8]);
        batch.Labels.ShouldBe([None, None, None, None, None, 7, 8]);
        Kinds(batch).ShouldBe("PVVVPRR");
        batch.ImagePositions.ShouldBe([1, 2, 3]);
        batch.ImageRows.ShouldBeNull();
        batch.Positions.ShouldBeNull();
        batch.HasPadding.ShouldBeFalse();
    }

    [Fact]
    public void Shorter_rows_are_padded_behind_their_tokens()
    {
        var batch = Splice(null, Row(1, 2), Row(3, Image), Row(4));
        batch.Length.ShouldBe(4);
        batch.Ids.ShouldBe([1, 2, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0]);
        batch.Labels.ShouldBe([1, 2, None, None, 3, None, None, None, 4, None, None, None]);
        Kinds(batch).ShouldBe("RR..RVVVR...");
        batch.ImagePositions.ShouldBe([5, 6, 7]);
        batch.HasPadding.ShouldBeTrue();
        batch.Positions.ShouldBeNull(); // what is real counts from 0 anyway
        batch.Tokens.ShouldBe(7);
    }

    [Fact]
    public void Images_stand_in_the_order_of_the_rows_and_of_their_placeholders()
    {
        var batch = Splice(null, Row(Image, Image, 1), Row(2), Row(3, Image));
        Kinds(batch).ShouldBe("VVVVVVR" + "R......" + "RVVV...");
        batch.ImagePositions.ShouldBe([0, 1, 2, 3, 4, 5, 15, 16, 17]);
        batch.ImageRows.ShouldBeNull();
    }

    [Fact]
    public void Padding_before_the_tokens_leaves_their_positions_counted_from_0()
    {
        var batch = Splice(new SpliceOptions { TokensPerImage = 2, PadLeft = true }, Row(1, 2, 3, 4), Row(5, Image));
        batch.Ids.ShouldBe([1, 2, 3, 4, 0, 5, 0, 0]);
        Kinds(batch).ShouldBe("RRRR.RVV");
        batch.ImagePositions.ShouldBe([6, 7]);
        batch.Positions.ShouldBe([0, 1, 2, 3, 0, 0, 1, 2]);
    }

    [Fact]
    public void LLaVA_gives_no_positions() =>
        Splice(new SpliceOptions { TokensPerImage = 2, PadLeft = true, ReferencePositions = true }, Row(1, 2, 3), Row(4)).Positions.ShouldBeNull();

    [Fact]
    public void Rows_of_one_length_padded_on_the_left_need_no_positions() =>
        Splice(new SpliceOptions { TokensPerImage = 2, PadLeft = true }, Row(1, 2, 3), Row(4, Image)).Positions.ShouldBeNull();

    [Fact]
    public void A_row_is_cut_at_the_longest_length_even_within_an_image()
    {
        var batch = Splice(new SpliceOptions { TokensPerImage = 3, MaxLength = 5 }, Row(1, Image, 2, Image, 3), Row(4), Row(Image, 5));
        batch.Length.ShouldBe(5);
        Kinds(batch).ShouldBe("RVVVR" + "R...." + "VVVR.");
        batch.Ids[4].ShouldBe(2);
        batch.ImagePositions.ShouldBe([1, 2, 3, 10, 11, 12]);
        batch.ImageRows.ShouldBe([0, 1, 2, 6, 7, 8]); // the first row's second image is left out

        var halved = Splice(new SpliceOptions { TokensPerImage = 3, MaxLength = 3 }, Row(1, Image), Row(Image));
        halved.ImagePositions.ShouldBe([1, 2, 3, 4, 5]);
        halved.ImageRows.ShouldBe([0, 1, 3, 4, 5]);
    }

    [Fact]
    public void A_longest_length_that_no_row_reaches_adds_no_padding() =>
        Splice(new SpliceOptions { TokensPerImage = 3, MaxLength = 50 }, Row(1, 2)).Length.ShouldBe(2);

    [Fact]
    public void Packed_samples_share_a_row_and_count_their_own_positions()
    {
        var batch = Splice(new SpliceOptions { TokensPerImage = 2, MaxLength = 7, Packed = true }, Row(1, 2), Row(3, Image, 4, 5), Row(Image, 6, 7), Row(8));
        (batch.Rows, batch.Length, batch.SampleCount, batch.HasPadding).ShouldBe((1, 12, 4, false));
        Kinds(batch).ShouldBe("RR" + "RVVRR" + "VVRR" + "R");
        batch.Samples.ShouldBe([0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3]);
        batch.Positions.ShouldBe([0, 1, 0, 1, 2, 3, 4, 0, 1, 2, 3, 0]);
        batch.ImagePositions.ShouldBe([3, 4, 7, 8]);
        batch.ImageRows.ShouldBeNull();
        batch.SamplesAt([1, 10]).ShouldBe([0, 2]);
    }

    [Fact]
    public void A_packed_sample_is_cut_where_it_would_be_cut_alone()
    {
        var batch = Splice(new SpliceOptions { TokensPerImage = 2, MaxLength = 4, Packed = true }, Row(1, Image, 2, 3), Row(4));
        batch.Ids.ShouldBe([1, 0, 0, 2, 4]);
        batch.Samples.ShouldBe([0, 0, 0, 0, 1]);
    }

    [Fact]
    public void A_length_counts_the_tokens_of_images() => Splicer.LengthOf(Row(1, Image, Image, 2), 10).ShouldBe(22);
}
