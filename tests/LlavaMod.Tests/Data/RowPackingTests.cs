using LlavaMod.Data;

namespace LlavaMod.Tests.Data;

public sealed class RowPackingTests
{
    [Fact]
    public void Samples_lie_in_rows_without_overlap_and_within_the_capacity()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            int[] lengths = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(1, 100))];
            var packing = RowPacking.Together(lengths, 120);
            packing.Length.ShouldBeLessThanOrEqualTo(120);
            var rows = lengths.Select((length, i) => (packing.Places[i].Row, packing.Places[i].Start, length)).GroupBy(place => place.Row).ToList();
            rows.Count.ShouldBe(packing.Rows);
            foreach (var row in rows)
            {
                int end = 0;
                foreach (var (_, start, length) in row.OrderBy(place => place.Start))
                {
                    start.ShouldBe(end); // no holes: positions of a row are those of its samples, one after another
                    end += length;
                }
            }
        }
    }

    [Fact]
    public void Rows_are_as_few_as_first_fit_makes_them_and_then_as_short()
    {
        // 70 tokens at 40 a row need two rows, and two rows of 35 hold them.
        var packing = RowPacking.Together([20, 15, 10, 10, 15], 40);
        (packing.Rows, packing.Length).ShouldBe((2, 35));
    }

    [Fact]
    public void Apart_every_sample_has_a_row()
    {
        var packing = RowPacking.Apart([3, 5, 2]);
        packing.Places.ShouldBe([(0, 0), (1, 0), (2, 0)]);
        (packing.Rows, packing.Length).ShouldBe((3, 5));
    }
}
