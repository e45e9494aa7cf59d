using LlavaMod.Training;

namespace LlavaMod.Tests;

/// <summary>Watches a run and says nothing; a test overrides what it looks at.</summary>
internal abstract class SilentObserver : ITrainingObserver
{
    public virtual void StageStarted(string stage, int steps, int done)
    {
    }

    public virtual void Step(StepResult result, double seconds)
    {
    }

    public virtual void StageFinished(string stage, long peakMemory)
    {
    }

    public virtual void Evaluating(string model, int done, int total)
    {
    }

    public virtual void Message(string text)
    {
    }
}
