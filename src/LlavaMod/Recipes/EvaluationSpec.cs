using System.ComponentModel.DataAnnotations;

namespace LlavaMod.Recipes;

/// <summary>What every reported model is measured on after its stage.</summary>
public sealed record EvaluationSpec
{
    /// <summary>Scenes of the built-in world, scored exactly from their facts.</summary>
    public WorldEvaluationSpec? World { get; init; }

    /// <summary>Answers compared with a dataset's own.</summary>
    public ExactMatchSpec? ExactMatch { get; init; }

    /// <summary>Benchmarks that every reported model is asked, and a teacher that the recipe does not train.</summary>
    public ValueList<BenchmarkSpec> Benchmarks { get; init; } = [];
}

/// <summary>Evaluation on scenes that no training set holds.</summary>
public sealed record WorldEvaluationSpec
{
    /// <summary>How many scenes.</summary>
    [Range(1, 1_000_000)]
    public int Count { get; init; } = 200;

    /// <summary>The seed of the scenes.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 7;

    /// <summary>Side of the pictures, pixels.</summary>
    [Range(56, 64)]
    public int ImageSize { get; init; } = 56;
}

/// <summary>Exact match, turn by turn, of generated answers with those of a supervised dataset.</summary>
public sealed record ExactMatchSpec
{
    /// <summary>The dataset's name.</summary>
    public required string Data { get; init; } = "";
}
