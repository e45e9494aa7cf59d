using LlavaMod.Performance.Results;
using LlavaMod.Performance.Steps;

namespace LlavaMod.Performance.Feeding;

/// <summary>The share of its time that a d2d step at small waits for pictures, which are decoded and prepared beside it; every step has a new batch.</summary>
internal sealed class FeedingRows : IRows
{
    /// <summary>The figure's name.</summary>
    public const string Waited = "waiting for data";

    private const double Most = 3; // percent

    public int Order => 40;

    public IEnumerable<Row> Rows => [new Row("feeding", "the share of a step, small, that waits for pictures of 640 x 480", _ => 40, session => [Measure(session)])];

    private static Line Measure(Session session)
    {
        var timing = session.InTurn(session.Pairs(2), ("step", () => Peer.TimeOurs("fed-step", session.Repetitions(12) + 2, Geometry.Small.Name)))[0];
        return new Line("d2d step, *small*, 8 new pictures of 640 x 480 each") { Figures = [new Figure(Waited, timing.Figures[Waited], "%", Most)] };
    }
}
