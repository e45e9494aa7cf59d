using LlavaMod.Performance.Results;
using LlavaMod.Torch;

namespace LlavaMod.Performance.Steps;

/// <summary>A training step beside the same one in plain PyTorch (bench/peers/step.py): every stage, both geometries, both types.</summary>
internal sealed class StepRows : IRows
{
    private const double CapacityFactor = 1.5; // as LLaVA-MoD trains, on both sides
    private const double Patience = 20; // seconds that a step of the peer's may take in a type that this machine cannot multiply

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

    private static int Pairs(Session session, Geometry geometry) => session.Pairs(IsReal(geometry) ? 2 : 3);

    private static int Repetitions(Session session, Geometry geometry) => session.Repetitions(IsReal(geometry) ? 1 : 5);

    private static Line Measure(Session session, Geometry geometry, string stage, DType dtype)
    {
        if (!IsReal(geometry) || session.Options.CheckReal) session.Say($"    {StepCheck.Run(session, geometry, stage)}");
        using var cost = new StepCost(geometry, stage);
        string? absent = Absent(session, cost, dtype);
        string input = session.NewFile();
        int repetitions = Repetitions(session, geometry);
        if (absent is null)
        {
            using var step = Make(geometry, stage, dtype);
            step.Write(input);
        }
        Func<Timing> ours = () => Peer.TimeOurs("step", repetitions, geometry.Name, stage, Words.Of(dtype));
        Func<Timing> peers = () => Peer.Time("step.py", input, stage, "--time", $"{repetitions}");
        var timings = absent is null
            ? session.InTurn(Pairs(session, geometry), ("ours", ours), ("peer", peers))
            : session.InTurn(Pairs(session, geometry), ("ours", ours));
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

    // Why the peer is not run, or null where it is.
    private static string? Absent(Session session, StepCost cost, DType dtype)
    {
        if (dtype != DType.BFloat16 || session.Options.SlowTypes || session.Rates.Half >= session.Rates.Single / 2) return null;
        double seconds = cost.PeerFlops / session.Rates.Half;
        return seconds <= Patience ? null
            : $"not run: libtorch multiplies bf16 at {session.Rates.Half / 1e9:f1} GFLOP/s here (fp32: {session.Rates.Single / 1e9:f0}), so that a step takes about {seconds / 60:f0} minutes; --bf16 runs it";
    }

    private static double Seconds(Session session, Geometry geometry, string stage, DType dtype)
    {
        const double Loading = 6, Overhead = 1.3; // of a process; of what is no matrix product
        using var cost = new StepCost(geometry, stage);
        double flops = cost.Flops / (dtype == DType.BFloat16 ? Math.Max(session.Rates.Half, session.Rates.Single / 2) : session.Rates.Single)
            + (Absent(session, cost, dtype) is null ? cost.PeerFlops / session.Rates.Of(dtype) : 0);
        return Pairs(session, geometry) * (Loading + Overhead * (1 + Repetitions(session, geometry)) * flops);
    }
}
