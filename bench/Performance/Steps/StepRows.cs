using LlavaMod.Performance.Results;
using LlavaMod.Torch;

namespace LlavaMod.Performance.Steps;

/// <summary>A training step beside the same one in plain PyTorch (bench/peers/step.py): every stage, both geometries, both types.</summary>
internal sealed class StepRows : IRows
{
    private const double CapacityFactor = 1.5; // as LLaVA-MoD trains, on both sides

    private static readonly string[] Stages = ["d2d", "d2s", "preference"];

    public int Order => 0;

    public IEnumerable<Row> Rows =>
        from geometry in (Geometry[])[Geometry.Small, Geometry.Real]
        from dtype in (DType[])[DType.Float32, DType.BFloat16]
        from stage in Stages
        select new Row(
            $"{stage}-{geometry.Name}{(dtype == DType.BFloat16 ? "-bf16" : "")}", $"a {stage} step, {geometry.Name}, {Words.Of(dtype)}",
            session => Seconds(session, geometry, stage, dtype), session => [Measure(session, geometry, stage, dtype)]);

    public static OurStep Make(Geometry geometry, string stage, DType dtype) => new(geometry, stage, dtype, clip: 1, CapacityFactor);

    private static bool IsReal(Geometry geometry) => geometry == Geometry.Real;

    private static int Pairs(Session session, Geometry geometry, bool alone) => session.Pairs(alone ? 1 : IsReal(geometry) ? 2 : 3);

    private static int Repetitions(Session session, Geometry geometry) => session.Repetitions(IsReal(geometry) ? 1 : 5);

    private static Line Measure(Session session, Geometry geometry, string stage, DType dtype)
    {
        if (!IsReal(geometry) || session.Options.CheckReal) session.Say($"    {StepCheck.Run(session, geometry, stage)}");
        using var cost = new StepCost(geometry, stage);
        string? absent = session.Absent(cost.PeerFlops, dtype);
        string input = session.NewFile();
        int repetitions = Repetitions(session, geometry);
        if (absent is null)
        {
            using var step = Make(geometry, stage, dtype);
            step.Write(input);
        }
        List<(string, Func<Timing>)> sides = [("ours", () => Peer.TimeOurs("step", repetitions, geometry.Name, stage, Words.Of(dtype)))];
        if (absent is null) sides.Add(("peer", () => Peer.Time("step.py", input, stage, "--time", $"{repetitions}")));
        var timings = session.InTurn(Pairs(session, geometry, alone: absent is not null), [.. sides]);
        File.Delete(input);
        return new Line($"{stage} step, *{geometry.Name}*, {Words.Of(dtype)}")
        {
            Ours = timings[0],
            Peer = timings.ElementAtOrDefault(1),
            SpeedTarget = !IsReal(geometry) ? 2 : dtype == DType.BFloat16 && stage != "preference" ? 4 : 3,
            MemoryTarget = IsReal(geometry) && dtype == DType.BFloat16 && stage != "preference" ? 0.4 : null,
            Floor = session.Rates.Seconds(cost.Flops, cost.Bytes, dtype),
            Note = absent,
        };
    }

    private static double Seconds(Session session, Geometry geometry, string stage, DType dtype)
    {
        const double Loading = 6, Overhead = 1.3; // of a process; of what is no matrix product
        using var cost = new StepCost(geometry, stage);
        bool alone = session.Absent(cost.PeerFlops, dtype) is not null;
        double flops = cost.Flops / session.Rates.Ours(dtype) + (alone ? 0 : cost.PeerFlops / session.Rates.Of(dtype));
        return Pairs(session, geometry, alone) * (Loading + Overhead * (1 + Repetitions(session, geometry)) * flops);
    }
}
