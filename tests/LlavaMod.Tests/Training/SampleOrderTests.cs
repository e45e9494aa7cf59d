using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

public sealed class SampleOrderTests
{
    // Runs that were made, and figures that were published, depend on it.
    [Fact]
    public void The_order_of_a_seed_never_changes()
    {
        var order = new SampleOrder("0/captions+general", 12);
        Enumerable.Range(0, 24).Select(position => order.At(position).Index)
            .ShouldBe([11, 0, 10, 7, 3, 2, 1, 4, 8, 5, 6, 9, 5, 0, 3, 2, 8, 10, 1, 9, 7, 6, 4, 11]);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(SampleOrder.MostInMemory + 1)]
    public void Any_position_can_be_asked_for_in_any_order(int count)
    {
        var order = new SampleOrder("7", count);
        long[] positions = [0, count - 1, count, 5L * count + 17, 3];
        var forwards = positions.Select(order.At).ToArray();
        positions.Reverse().Select(order.At).Reverse().ShouldBe(forwards);
        forwards.Select(place => place.Pass).ShouldBe([0, 0, 1, 5, 0]);
        forwards.ShouldAllBe(place => place.Index >= 0 && place.Index < count);
    }

    [Fact]
    public void Data_too_large_for_an_array_is_shuffled_without_one()
    {
        var order = new SampleOrder("7", int.MaxValue);
        var first = Enumerable.Range(0, 10_000).Select(position => order.At(position).Index).ToArray();
        first.Distinct().Count().ShouldBe(first.Length);
        first.Average(index => (double)index / int.MaxValue).ShouldBe(0.5, 0.02);
        Enumerable.Range(0, 10_000).Select(position => order.At(int.MaxValue + (long)position).Index).ShouldNotBe(first);
    }
}
