namespace LlavaMod.Performance.Steps;

/// <summary>Our step, measured: GEOMETRY STAGE TYPE. The optimiser's state counts as the step's, as it does with the peer.</summary>
[Workload("step")]
internal sealed class StepWorkload(string[] words) : Workload
{
    private readonly OurStep step = StepRows.Make(Geometry.Find(words[0]), words[1], Words.Type(words[2]));

    public override void Run() => step.Run();

    public override void Dispose() => step.Dispose();
}
