namespace LlavaMod.Training;

/// <summary>Watches a run as it goes on. Called by one thread.</summary>
public interface ITrainingObserver
{
    /// <summary>A stage begins, or goes on after <paramref name="done"/> steps.</summary>
    void StageStarted(string stage, int steps, int done);

    /// <summary>A step is done.</summary>
    /// <param name="result">What it did.</param>
    /// <param name="seconds">How long it took, waiting for data included.</param>
    void Step(StepResult result, double seconds);

    /// <summary>The stage is complete.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="peakMemory">The most bytes that tensors took at one time.</param>
    void StageFinished(string stage, long peakMemory);

    /// <summary>Answers of an evaluation come in.</summary>
    void Evaluating(string model, int done, int total);

    /// <summary>Something to know, in a line of its own.</summary>
    void Message(string text);
}
