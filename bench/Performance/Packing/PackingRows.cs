using LlavaMod.Performance.Results;

namespace LlavaMod.Performance.Packing;

/// <summary>d2d steps (forward KL and cross-entropy) over packed samples, beside the same steps of ours over padded rows: the same weights and samples, time by real tokens.</summary>
internal sealed class PackingRows : IRows
{
    /// <summary>Names of figures.</summary>
    public const string Pace = "seconds for 1,000 real tokens", Loss = "mean loss";

    private const double MostApart = 1e-3; // of the mean losses: after so many steps rounding has grown

    public int Order => 20;

    public IEnumerable<Row> Rows =>
        from lengths in (string[])["world", "llava"]
        select new Row($"packing-{lengths}", $"packed samples beside padded rows, lengths as in {lengths}", _ => 45, session => [Measure(session, lengths)]);

    private static Line Measure(Session session, string lengths)
    {
        var timings = session.InTurn(session.Pairs(2), ("packed", () => Time("packed")), ("padded", () => Time("padded")));
        double apart = Math.Abs(timings[0].Figures[Loss] / timings[1].Figures[Loss] - 1);
        if (!(apart <= MostApart)) throw new RowFailedException($"the mean losses of packed and padded samples are {apart:0.0e-0} apart");
        return new Line($"1,000 real tokens of d2d, lengths as in {lengths}, packed, beside our own padded")
        {
            Ours = timings[0],
            Peer = timings[1],
            SpeedTarget = 1.6,
            Figures = [new Figure("mean losses apart", 1e6 * apart, "x 1e-6")],
        };

        Timing Time(string how)
        {
            var timing = Peer.TimeOurs("packing", PackingWorkload.Steps - 1, lengths, how);
            double pace = timing.Figures[Pace];
            return timing with { Median = pace, Min = pace, Max = pace };
        }
    }
}
