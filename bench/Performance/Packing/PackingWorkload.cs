using LlavaMod.Training;

namespace LlavaMod.Performance.Packing;

/// <summary>d2d steps over samples of the lengths of some data, measured: world|llava padded|packed.</summary>
[Workload("packing")]
internal sealed class PackingWorkload : Workload
{
    /// <summary>Steps that are there; the first ones warm up.</summary>
    public const int Steps = 22, WarmUp = 6;

    private const int Samples = 16; // a step

    private readonly Side side;
    private readonly IEnumerator<MicroBatch> batches;
    private double losses;

    public PackingWorkload(string[] words)
    {
        var lengths = words[0] == "world" ? Lengths.World(Steps * Samples) : Lengths.Llava(Steps * Samples);
        side = new Side(lengths);
        batches = lengths.Batches(Samples, packed: words[1] == "packed").GetEnumerator();
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Figures
    {
        get
        {
            var (tokens, seconds, _) = side.Totals(WarmUp);
            return new Dictionary<string, double> { [PackingRows.Pace] = seconds / tokens * 1000, [PackingRows.Loss] = losses / Steps };
        }
    }

    public override void Run()
    {
        batches.MoveNext();
        losses += side.Step(batches.Current);
    }

    public override void Dispose()
    {
        batches.Dispose();
        side.Dispose();
    }
}
