namespace LlavaMod.Evaluation.Judges;

/// <summary>A benchmark whose answers another model judges. Its score reads what <see cref="Judges.Rubric.Write"/> has written.</summary>
public interface IJudged
{
    /// <summary>What the judge is asked, and how its replies are kept.</summary>
    Rubric Rubric { get; }
}
