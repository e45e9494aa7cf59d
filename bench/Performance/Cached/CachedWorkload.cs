using LlavaMod.Performance.Steps;
using LlavaMod.Torch;

namespace LlavaMod.Performance.Cached;

/// <summary>A d2d step whose teacher is cached, measured: GEOMETRY.</summary>
[Workload("cached")]
internal sealed class CachedWorkload(string[] words) : Workload
{
    private readonly OurStep step = new(Geometry.Find(words[0]), "d2d", DType.Float32, clip: 1, capacityFactor: null, cached: true);

    public override void Run() => step.Run();

    public override void Dispose() => step.Dispose();
}
