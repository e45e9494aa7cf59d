using System.Text.Json;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Runs;
using LlavaMod.Stages;

namespace LlavaMod.Fuzz.Targets;

/// <summary>What a run leaves behind: state, summary, samples, manifest, metrics.</summary>
[FuzzTarget("run", Summary = "state.json, summary.json, samples.json, manifest.json, metrics.jsonl of a run")]
public sealed class RunFilesTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        var run = RunFolder.Open(sandbox.Folder);
        var state = RunState.Read(run);
        state.IsTrained("d2d");
        state.SecondsOf("d2d");
        RunSummary.Read(run.Summary);
        SampleAnswers.Read(run.Samples);
        RunManifest.Read(run.Manifest);
        foreach (var step in MetricsFile.Read(run.Metrics))
            _ = step.Experts.Count + step.Objectives.Count;
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return Specimen.Written(folder =>
        {
            File.WriteAllText(Path.Combine(folder, "recipe.yaml"), "name: run\n");
            var run = RunFolder.Open(folder);
            var stage = new StageSummary("d2d", 10, 1000, 50.5, 3.2, 1.1);
            var model = new ModelSummary("student", 100, 90, 0.5, 0.4, null, 0.2, 0.1, 12.5);
            var samples = new SampleAnswers("AAAA", "What?", "red", new Dictionary<string, string> { ["student"] = "blue" });
            var state = new RunState(12.5, [new FinishedStage(stage, 9.5, 1, 1 << 20)], [model], [samples]);
            File.WriteAllText(run.State, JsonSerializer.Serialize(state, Snake));
            new RunSummary(3, 12.5, [model], [stage]).Write(run.Summary);
            SampleAnswers.Write(run.Samples, [samples]);
            new RunManifest("aa", "qwen", "bb", [new StageManifest("d2d", true, [new SourceManifest("train", "llava", "a.json", "cc", 10, null, 1, null)])]).Write(run.Manifest);
            using var metrics = MetricsWriter.Create(run.Metrics);
            for (var step = 1; step <= 3; step++)
                metrics.Write(new StepMetrics("d2d", step, 3, step == 2 ? double.NaN : 2.5, 1e-3, 0.7, 512, 0.1,
                    new Dictionary<string, ObjectiveMetrics> { ["forward-kl"] = new(2.5, step == 1 ? 1 : null) }, [new ExpertMetrics(0, [0.5, 0.5], [1, 0], [0, 1])])
                {
                    Rewards = new RewardMetrics(1, 0, 1, 1),
                });
        });
    }

    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}
