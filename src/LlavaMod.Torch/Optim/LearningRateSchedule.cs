namespace LlavaMod.Torch.Optim;

/// <summary>Shape of the learning rate over a run, after a linear warm-up from 0.</summary>
public enum ScheduleKind
{
    /// <summary>Half a cosine, from the peak to 0.</summary>
    Cosine,

    /// <summary>A straight line from the peak to 0.</summary>
    Linear,

    /// <summary>The peak throughout.</summary>
    Constant,
}

/// <summary>
/// Learning rate by optimiser step, as Hugging Face's trainer schedules it: step 0 of a run with warm-up has rate 0.
/// </summary>
/// <param name="Kind">The shape after the warm-up.</param>
/// <param name="Peak">The highest rate.</param>
/// <param name="Steps">Optimiser steps of the whole run.</param>
/// <param name="WarmupSteps">Steps over which the rate rises from 0.</param>
public sealed record LearningRateSchedule(ScheduleKind Kind, double Peak, int Steps, int WarmupSteps)
{
    /// <summary>A schedule whose warm-up is a share of its steps, rounded up.</summary>
    public static LearningRateSchedule WithWarmupRatio(ScheduleKind kind, double peak, int steps, double warmupRatio) =>
        new(kind, peak, steps, (int)Math.Ceiling(steps * warmupRatio));

    /// <summary>Rate of one step, counted from 0.</summary>
    public double At(int step)
    {
        if (step < WarmupSteps) return Peak * step / Math.Max(1, WarmupSteps);
        double progress = (step - WarmupSteps) / (double)Math.Max(1, Steps - WarmupSteps);
        return Kind switch
        {
            ScheduleKind.Cosine => Peak * Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress))),
            ScheduleKind.Linear => Peak * Math.Max(0, 1 - progress),
            _ => Peak,
        };
    }
}
