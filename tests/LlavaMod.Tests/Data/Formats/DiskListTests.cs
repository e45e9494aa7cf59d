using LlavaMod.Data.Formats;

namespace LlavaMod.Tests.Data.Formats;

public class DiskListTests
{
    [Fact]
    public void What_is_added_is_read_back_in_any_order_from_any_thread()
    {
        using var list = new DiskList<RowSpan>();
        const int Count = 10_001;
        for (var i = 0; i < Count; i++)
            list.Add(new RowSpan(i * 1_000_000_007L, i, Count - i));
        list.Count.ShouldBe(Count);
        Parallel.For(0, Count, i => list[(i * 7) % Count].Offset.ShouldBe((i * 7) % Count * 1_000_000_007L));
    }

    [Fact]
    public void Nothing_of_it_has_a_name_on_disk()
    {
        using var list = new DiskList<long>();
        for (var i = 0; i < 100_000; i++)
            list.Add(i);
        // Other tests make lists too: one may have its name for an instant.
        Directory.GetFiles("/var/tmp", "llavamod-*").Where(File.Exists).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void There_is_no_item_outside_of_it(int index)
    {
        using var list = new DiskList<long>();
        list.Add(5);
        Should.Throw<ArgumentOutOfRangeException>(() => list[index]);
    }
}
