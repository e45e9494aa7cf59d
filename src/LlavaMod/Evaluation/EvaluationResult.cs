namespace LlavaMod.Evaluation;

/// <summary>What a model reached; figures that were not measured are null.</summary>
public sealed record EvaluationResult
{
    /// <summary>Part of the questions answered right, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The same on held-out pairs of colour and shape.</summary>
    public double? CompositionAccuracy { get; init; }

    /// <summary>F1 of POPE, mean of its settings.</summary>
    public double? PopeF1 { get; init; }

    /// <summary>Part of captions with an absent object.</summary>
    public double? ChairS { get; init; }

    /// <summary>Part of named objects that are absent.</summary>
    public double? ChairI { get; init; }

    /// <summary>Everything in detail, as JSON.</summary>
    public required string Details { get; init; }

    /// <summary>Some questions with this model's answers.</summary>
    public required IReadOnlyList<SampleAnswer> Samples { get; init; }
}

/// <summary>One question, one model's answer.</summary>
public sealed record SampleAnswer(string Image, string Prompt, string Answer, string Given);
