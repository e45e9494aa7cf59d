using LlavaMod.Data.World;
using LlavaMod.Recipes;
using LlavaMod.Stages;

namespace LlavaMod.Tests.Stages;

public sealed class StageSourceTests
{
    private static StageSource Source(int count, double weight = 1, int? limit = null)
    {
        var world = new WorldFormat(new WorldFormat.Options { Count = count, Content = WorldFormat.Material.Text });
        return new StageSource(new SourceSpec { Name = "a", Weight = weight, Limit = limit }, world.Open(null!), seed: 3);
    }

    private static int[] Rows(StageSource source, long pass) => [.. Enumerable.Range(0, source.Count).Select(place => source.RowAt(pass, place))];

    [Fact]
    public void Of_weight_one_every_row_stands_in_its_own_place()
    {
        var source = Source(10);
        foreach (int pass in (int[])[0, 1, 7]) Rows(source, pass).ShouldBe(Enumerable.Range(0, 10));
    }

    [Theory]
    [InlineData(2, 20)]
    [InlineData(0.5, 5)]
    [InlineData(2.34, 23)]
    [InlineData(0.001, 1)]
    public void A_weight_is_how_often_a_row_stands_in_a_pass(double weight, int places)
    {
        var source = Source(10, weight);
        source.Count.ShouldBe(places);
        foreach (int pass in (int[])[0, 1, 2])
            Rows(source, pass).GroupBy(row => row).ShouldAllBe(row => row.Count() >= places / 10 && row.Count() <= (places + 9) / 10 + 1);
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(0.3, 10)]
    [InlineData(1.7, 10)]
    public void Over_passes_all_rows_stand_equally_often(double weight, int passes)
    {
        var source = Source(10, weight);
        var all = Enumerable.Range(0, passes).SelectMany(pass => Rows(source, pass)).ToArray();
        all.GroupBy(row => row).Select(row => row.Count()).ShouldAllBe(count => count == all.Length / 10);
    }

    [Fact]
    public void A_part_of_the_rows_is_not_the_start_of_the_file()
    {
        var rows = Rows(Source(1000, weight: 0.1), 0);
        rows.Average().ShouldBe(500, 100);
    }

    [Fact]
    public void A_limit_takes_rows_from_the_start_and_weights_count_those()
    {
        var source = Source(10, weight: 3, limit: 4);
        (source.Rows, source.Count).ShouldBe((4, 12));
        Rows(source, 5).Order().ShouldBe([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
        Source(10, limit: 40).Rows.ShouldBe(10);
    }

    [Fact]
    public void A_weight_that_makes_too_many_samples_is_the_users_error() =>
        Should.Throw<UserError>(() => Source(10_000_000, weight: 1000)).Message.ShouldStartWith("data a: weight 1000 makes 10,000,000,000 samples of 10,000,000 rows");
}
