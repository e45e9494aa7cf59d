using LlavaMod.Performance.Steps;
using LlavaMod.Torch;

namespace LlavaMod.Performance.Cached;

/// <summary>A d2d step whose teacher is cached, measured: GEOMETRY TYPE.</summary>
[Workload("cached")]
internal sealed class CachedWorkload(string[] words) : Workload
{
    private readonly OurStep step = Make(Geometry.Find(words[0]), Words.Type(words[1]));

    private static OurStep Make(Geometry geometry, DType dtype) => new(geometry, "d2d", dtype, clip: 1, capacityFactor: null, cached: true);

    public override void Run() => step.Run();

    public override void Dispose() => step.Dispose();
}
