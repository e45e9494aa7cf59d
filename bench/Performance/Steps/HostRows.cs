using LlavaMod.Performance.Results;

namespace LlavaMod.Performance.Steps;

/// <summary>
/// What a step at small spends outside libtorch's arithmetic: the time of a step of the same operators over next to no numbers. That is an upper bound, for
/// each of these operators still computes something.
/// </summary>
internal sealed class HostRows : IRows
{
    private const double Most = 10; // percent
    private const int Turns = 2, Repetitions = 20;

    private static readonly string[] Stages = ["d2d", "d2s", "preference"];

    public int Order => 50;

    public IEnumerable<Row> Rows => [new Row("host", "the share of a step, small, fp32, that is no arithmetic", _ => 60, Measure)];

    private static Line[] Measure(Session session) => [.. Stages.Select(stage => Measure(session, stage))];

    private static Line Measure(Session session, string stage)
    {
        var timings = session.InTurn(session.Pairs(Turns), ("step", () => Time(Geometry.Small, 3)), ("the same operators over nothing", () => Time(Geometry.Hollow, Repetitions)));
        double share = 100 * timings[1].Median / timings[0].Median;
        return new Line($"{stage} step, *small*, fp32")
        {
            Figures =
            [
                new Figure("outside libtorch's arithmetic, at most", share, "%", Most),
                new Figure("the same, a step", 1e3 * timings[1].Median, "ms"),
            ],
        };

        Timing Time(Geometry geometry, int repetitions) => Peer.TimeOurs("step", session.Repetitions(repetitions), geometry.Name, stage, "fp32");
    }
}
