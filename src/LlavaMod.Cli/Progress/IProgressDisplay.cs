namespace LlavaMod.Cli.Progress;

/// <summary>Shows a training run while it goes on. Called by one thread.</summary>
internal interface IProgressDisplay
{
    void StageStarted(string name, int steps);

    void Step(StepReport report);

    void StageFinished();

    /// <summary>Something to know besides the steps, in a line of its own.</summary>
    void Message(string text);
}
