namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>A benchmark's result over one file of answers.</summary>
public sealed record BenchmarkScore
{
    /// <summary>Changes when a score may: two results are comparable when theirs are equal.</summary>
    public const int ScorerVersion = 1;

    /// <summary>The figures.</summary>
    public required Figures Figures { get; init; }

    /// <summary>95 % intervals of the headline figures.</summary>
    public required IReadOnlyDictionary<string, Interval> Intervals { get; init; }

    /// <summary>Answers that were scored.</summary>
    public required int Answered { get; init; }

    /// <summary>Questions that the benchmark has.</summary>
    public required int Questions { get; init; }

    /// <summary>SHA-256 of the questions with their truth, in lower-case hex: results with another one are of other questions, whatever their ids.</summary>
    public required string QuestionsHash { get; init; }

    /// <summary>SHA-256 of the file of answers, in lower-case hex.</summary>
    public required string AnswersHash { get; init; }

    /// <summary>What each answer contributes, in the order of the questions.</summary>
    public required IReadOnlyList<ScoredItem> Items { get; init; }

    /// <summary>Whether some questions have no answer.</summary>
    public bool IsPartial => Answered < Questions;
}

/// <summary>An interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High);
