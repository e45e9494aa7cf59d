using LlavaMod.Training;

namespace LlavaMod.Cli.Progress;

/// <summary>Shows what the library reports about a run.</summary>
internal sealed class DisplayObserver(IProgressDisplay display) : ITrainingObserver
{
    public void StageStarted(string stage, int steps, int done) => display.StageStarted(stage, steps);

    public void Step(StepResult result, double seconds) => display.Step(new StepReport(
        result.Step, result.Loss, result.LearningRate, result.Tokens, seconds, result.Objectives,
        [.. (result.Experts ?? []).Select(use => use.Load)]));

    public void StageFinished(string stage) => display.StageFinished();

    public void Evaluating(string model, int done, int total)
    {
        if (done == total) display.Message($"{model}: {total} answers");
    }

    public void Message(string text) => display.Message(text);
}
