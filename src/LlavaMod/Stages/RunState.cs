using LlavaMod.Evaluation;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Runs.Reports;

namespace LlavaMod.Stages;

/// <summary>What a run has done so far: state.json. From it come summary.json, samples.json and report.html, after every stage.</summary>
/// <param name="Seconds">Time spent, over all sessions of the run.</param>
/// <param name="Stages">Stages that are complete.</param>
/// <param name="Models">Reported models that are evaluated.</param>
/// <param name="Samples">Questions with every evaluated model's answer.</param>
public sealed record RunState(
    double Seconds, IReadOnlyList<FinishedStage> Stages, IReadOnlyList<ModelSummary> Models, IReadOnlyList<SampleAnswers> Samples)
{
    /// <summary>Reads the state of a run; a new run has none.</summary>
    /// <exception cref="UserError">The file is damaged.</exception>
    public static RunState Read(RunFolder folder) =>
        File.Exists(folder.State) ? RunJson.Read<RunState>(folder.State) : new RunState(0, [], [], []);

    /// <summary>Whether a stage is complete.</summary>
    public bool IsTrained(string stage) => Stages.Any(done => done.Summary.Name == stage);

    /// <summary>Whether a reported model is evaluated.</summary>
    public bool IsEvaluated(string model) => Models.Any(done => done.Name == model);

    /// <summary>Training time of a stage.</summary>
    public double SecondsOf(string stage) => Stages.FirstOrDefault(done => done.Summary.Name == stage)?.Seconds ?? 0;

    /// <summary>One more stage is complete.</summary>
    public RunState With(FinishedStage stage) => this with { Stages = [.. Stages, stage] };

    /// <summary>One more model is evaluated.</summary>
    public RunState With(ModelSummary model, IReadOnlyList<SampleAnswer> answers)
    {
        var samples = Samples.Count == 0 ? [.. answers.Select(answer => new SampleAnswers(answer.Image, answer.Prompt, answer.Answer, new Dictionary<string, string>()))] : Samples;
        return this with
        {
            Models = [.. Models, model],
            Samples = [.. samples.Zip(answers, (sample, answer) => sample with
            {
                Answers = new Dictionary<string, string>(sample.Answers) { [model.Name] = answer.Given },
            })],
        };
    }

    /// <summary>Writes the state, and everything that is made from it.</summary>
    public RunSummary Write(RunFolder folder, Recipe recipe)
    {
        var summary = new RunSummary(recipe.Seed, Seconds, Models, [.. Stages.Select(stage => stage.Summary)]);
        summary.Write(folder.Summary);
        SampleAnswers.Write(folder.Samples, Samples);
        Report.Write(folder);
        RunJson.Write(folder.State, this); // last: a stage counts as done once all of this is on disk
        return summary;
    }
}
