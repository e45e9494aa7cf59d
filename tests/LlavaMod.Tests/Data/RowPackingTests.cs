using LlavaMod.Data;

namespace LlavaMod.Tests.Data;

public sealed class RowPackingTests
{
    [Fact]
    public void Together_samples_lie_in_one_row_without_holes_in_their_order()
    {
        var packing = RowPacking.Together([20, 15, 1, 10]);
        packing.Places.ShouldBe([(0, 0), (0, 20), (0, 35), (0, 36)]);
        (packing.Rows, packing.Length).ShouldBe((1, 46));
    }

    [Fact]
    public void Apart_every_sample_has_a_row()
    {
        var packing = RowPacking.Apart([3, 5, 2]);
        packing.Places.ShouldBe([(0, 0), (1, 0), (2, 0)]);
        (packing.Rows, packing.Length).ShouldBe((3, 5));
    }
}
