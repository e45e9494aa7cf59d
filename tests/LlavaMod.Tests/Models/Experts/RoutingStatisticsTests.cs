using System.Text.Json;
using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Experts;

public sealed class RoutingStatisticsTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly RoutingStatistics statistics = new();

    public void Dispose() => scope.Dispose();

    // Five tokens, four experts, the last token is padding. Tokens 0 and 1 are text, 2 and 3 image.
    private static RoutingPass Pass(Tensor? dropped = null, bool masked = true)
    {
        var mask = Tensor.From([true, true, true, true, false], 5);
        var pass = new RoutingPass { TokenMask = mask };
        var experts = Tensor.From([0L, 1, 0, 2, 1, 0, 3, 1, 2, 3], 5, 2);
        pass.Add(new LayerRouting(2, Create.Zeros([5, 4]), Create.Full([5, 4], 0.25), experts, masked ? pass.TokenWeights : null, dropped));
        return pass;
    }

    private static Tensor Visual => Tensor.From([false, false, true, true, true], 5);

    [Fact]
    public void Shares_by_modality_are_those_counted_by_hand()
    {
        statistics.Add(Pass(), Visual);
        var use = statistics.Report().ShouldHaveSingleItem();
        use.Layer.ShouldBe(2);
        use.Load.ShouldBe([3 / 8.0, 3 / 8.0, 1 / 8.0, 1 / 8.0]);
        use.Text.ShouldBe([2 / 4.0, 1 / 4.0, 1 / 4.0, 0]);
        use.Visual.ShouldBe([1 / 4.0, 2 / 4.0, 0, 1 / 4.0]);
        use.Dropped.ShouldBe(0);
        double entropy = -(2 * 3 / 8.0 * Math.Log(3 / 8.0) + 2 / 8.0 * Math.Log(1 / 8.0)) / Math.Log(4);
        use.Entropy.ShouldBe(entropy, 1e-12);
    }

    [Fact]
    public void Pairs_are_shares_of_tokens_that_chose_both()
    {
        statistics.Add(Pass(), Visual);
        statistics.Report()[0].Pairs.ShouldBe(
            [new(0, 1, 0.5), new(0, 2, 0.25), new(0, 3, 0), new(1, 2, 0), new(1, 3, 0.25), new(2, 3, 0)]);
    }

    [Fact]
    public void Dropped_choices_are_a_share_of_those_that_were_routed()
    {
        statistics.Add(Pass(Tensor.From([2L], 1).Squeeze(0)), Visual);
        statistics.Report()[0].Dropped.ShouldBe(2 / 8.0);
        statistics.Clear();
        statistics.Add(Pass(Tensor.From([2L], 1).Squeeze(0), masked: false), Visual); // reference mode routes padding too
        statistics.Report()[0].Dropped.ShouldBe(2 / 10.0);
    }

    [Fact]
    public void Passes_add_up_until_they_are_forgotten()
    {
        statistics.Add(Pass());
        statistics.Add(Pass(), Visual);
        var use = statistics.Report().ShouldHaveSingleItem();
        use.Load.ShouldBe([3 / 8.0, 3 / 8.0, 1 / 8.0, 1 / 8.0]);
        use.Text!.ShouldBe([5 / 12.0, 4 / 12.0, 2 / 12.0, 1 / 12.0], 1e-12);
        statistics.Clear();
        statistics.Report().ShouldBeEmpty();
    }

    [Fact]
    public void A_modality_that_was_not_there_has_no_shares()
    {
        statistics.Add(Pass());
        statistics.Report()[0].Visual.ShouldBeNull();
        statistics.Add(new RoutingPass());
        statistics.Report().Count.ShouldBe(1);
    }

    [Fact]
    public void It_reads_as_a_line_of_metrics()
    {
        statistics.Add(Pass(), Visual);
        string json = JsonSerializer.Serialize(statistics.Report(), new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
        json.ShouldStartWith("""[{"layer":2,"load":[0.375,0.375,0.125,0.125],"text":[0.5,0.25,0.25,0],"visual":[0.25,0.5,0,0.25],"entropy":0.9""");
    }
}
