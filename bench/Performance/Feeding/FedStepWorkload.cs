using System.Diagnostics;
using LlavaMod.Performance.Steps;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Performance.Feeding;

/// <summary>Our d2d step on batches whose pictures are decoded and prepared beside it, measured: GEOMETRY.</summary>
[Workload("fed-step")]
internal sealed class FedStepWorkload : Workload
{
    private const int WarmUp = 2; // the first batches are waited for, and what is read ahead fills up

    private readonly OurStep step;
    private readonly PictureRows pictures;
    private readonly BatchLoader loader;
    private int steps;
    private double waited, whole;

    public FedStepWorkload(string[] words)
    {
        var geometry = Geometry.Find(words[0]);
        step = new OurStep(geometry, "d2d", DType.Float32, clip: 1, capacityFactor: null);
        pictures = new PictureRows(geometry);
        loader = new BatchLoader(pictures, new BatchPlan
        {
            BatchSize = geometry.Batch, MicroBatchSize = geometry.Batch / geometry.Parts, MaxLength = 4096, TokensPerImage = geometry.Vision.Tokens,
            Packed = true, Seed = "feeding",
        }, 0);
    }

    public override IReadOnlyDictionary<string, double> Figures => new Dictionary<string, double> { [FeedingRows.Waited] = 100 * waited / whole };

    public override void Run()
    {
        long start = Stopwatch.GetTimestamp();
        var batch = loader.Next();
        double wait = Stopwatch.GetElapsedTime(start).TotalSeconds;
        step.Run(batch.MicroBatches);
        if (++steps <= WarmUp) return;
        waited += wait;
        whole += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public override void Dispose()
    {
        loader.Dispose();
        pictures.Dispose();
        step.Dispose();
    }
}
