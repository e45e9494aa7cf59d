using LlavaMod.Performance;
using LlavaMod.Performance.Results;

namespace LlavaMod.Tests.Performance;

public sealed class PerformanceRunTests : IDisposable
{
    private static readonly Machine Here = new("a processor", 2, 2, 8, "1.13", "Haswell", false);
    private static readonly Rates Rates = new(1e11, 1e10, 1e10);

    private readonly TemporaryFolder folder = new();
    private readonly StringWriter progress = new();
    private int measured;

    private string Path => folder["performance.json"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_row_that_fails_is_named_and_the_others_are_measured()
    {
        Go(goOn: false, Fails("wrong"), Works("right")).ShouldBe(["wrong"]);
        var file = ResultFile.Open(Path, Here);
        file.Rows["wrong"].Failure.ShouldBe("the peer disagrees");
        file.Rows["wrong"].Lines.ShouldBeEmpty();
        file.Rows["right"].Lines.Single().Speed.ShouldBe(3);
        progress.ToString().ShouldContain("wrong failed: the peer disagrees");
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_where_it_was()
    {
        Should.Throw<InvalidOperationException>(() => Go(goOn: false, Works("first"), Stops("second"), Works("third")));
        Go(goOn: true, Works("first"), Works("second"), Works("third")).ShouldBeEmpty();
        measured.ShouldBe(3, "the first row was there already");
    }

    [Fact]
    public void A_row_that_had_failed_is_tried_again()
    {
        Go(goOn: false, Fails("row"));
        Go(goOn: true, Works("row")).ShouldBeEmpty();
        ResultFile.Open(Path, Here).Rows["row"].Failure.ShouldBeNull();
    }

    [Fact]
    public void Rows_of_an_earlier_run_stay_and_those_measured_again_are_replaced()
    {
        Go(goOn: false, Works("a"), Works("b"));
        Go(goOn: false, Works("b", peer: 8));
        var rows = ResultFile.Open(Path, Here).Rows;
        rows.Keys.ShouldBe(["a", "b"], ignoreOrder: true);
        rows["b"].Lines.Single().Speed.ShouldBe(8);
    }

    [Fact]
    public void Figures_of_another_machine_are_not_mixed_in()
    {
        Go(goOn: false, Works("a"));
        Should.Throw<UserError>(() => ResultFile.Open(Path, Here with { Processor = "another" })).Message.ShouldContain("another machine");
    }

    private IReadOnlyList<string> Go(bool goOn, params Row[] rows)
    {
        using var session = new Session(new SessionOptions(), progress, () => Rates);
        return new PerformanceRun(rows, ResultFile.Open(Path, Here), session, "abc1234").Go(goOn);
    }

    private Row Works(string name, double peer = 3) => Make(name, () =>
        [new Line(name) { Ours = Timing.Of([1.0], 10), Peer = Timing.Of([peer], 20) }]);

    private Row Fails(string name) => Make(name, () => throw new RowFailedException("the peer disagrees"));

    private Row Stops(string name) => Make(name, () => throw new InvalidOperationException("killed"));

    private Row Make(string name, Func<IReadOnlyList<Line>> measure) => new(name, "made up", _ => 60, _ =>
    {
        var lines = measure();
        measured++;
        return lines;
    });
}
