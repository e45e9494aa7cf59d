using LlavaMod.Models;
using LlavaMod.Performance.Results;
using LlavaMod.Performance.Steps;
using LlavaMod.Teachers;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Performance.Cached;

/// <summary>A d2d step with a cached teacher beside the same step of ours with the teacher itself.</summary>
internal sealed class CachedRows : IRows
{
    private const double Target = 1.6;
    private const double MostBytes = 150;

    public int Order => 30;

    public IEnumerable<Row> Rows =>
        from geometry in (Geometry[])[Geometry.Small, Geometry.Real]
        select new Row(
            $"cached-{geometry.Name}", $"a d2d step with a cached teacher beside one with the teacher itself, {geometry.Name}",
            session => Seconds(session, geometry), session => [Measure(session, geometry)]);

    private static Line Measure(Session session, Geometry geometry)
    {
        int repetitions = Repetitions(session, geometry);
        var timings = session.InTurn(
            session.Pairs(2), ("cached", () => Peer.TimeOurs("cached", repetitions, geometry.Name)),
            ("online", () => Peer.TimeOurs("step", repetitions, geometry.Name, "d2d", "fp32")));
        return new Line($"d2d with cached teacher beside online teacher, *{geometry.Name}*, fp32")
        {
            Ours = timings[0],
            Peer = timings[1],
            SpeedTarget = Target,
            Figures = [new Figure("bytes a token", BytesPerToken(geometry), "bytes", MostBytes)],
        };
    }

    // Of a teacher of random weights, which is as flat as teachers get; each sample has its record and its entry in the index.
    private static double BytesPerToken(Geometry geometry)
    {
        using var scope = new TensorScope();
        using var vision = new VisionFeatures();
        using var teacher = Llava.Build(geometry.Config(geometry.Teacher), new RandomParameters(2), DType.Float32);
        var batch = new StepBatch(geometry, pairs: false).Packed(1)[0];
        var positions = SampledTeacher.Of(teacher, batch, vision);
        long bytes = CacheShard.Write(0, positions.Length, SparseCode.Write(positions)).Length + CacheIndex.Entry
            + (batch.SampleIds.Count - 1L) * (CacheShard.Overhead + CacheIndex.Entry);
        return (double)bytes / positions.Length;
    }

    private static int Repetitions(Session session, Geometry geometry) => session.Repetitions(geometry == Geometry.Real ? 1 : 5);

    private static double Seconds(Session session, Geometry geometry)
    {
        const double Loading = 6, Both = 2; // of a process; the cached step, the online one, and what is no matrix product, as a multiple of the online FLOPs
        using var cost = new StepCost(geometry, "d2d");
        return session.Pairs(2) * (2 * Loading + Both * (1 + Repetitions(session, geometry)) * cost.Flops / session.Rates.Single);
    }
}
