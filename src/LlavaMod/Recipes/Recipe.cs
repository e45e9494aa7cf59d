using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes.Yaml;

namespace LlavaMod.Recipes;

/// <summary>What floating-point numbers the matrix products of a run use.</summary>
public enum Precision
{
    /// <summary>32-bit everywhere: bitwise repeatable for a seed.</summary>
    Fp32,

    /// <summary>
    /// bfloat16 for products, attention and convolutions; 32-bit for norms, losses, routers, gradients and optimiser state.
    /// </summary>
    Bf16,
}

/// <summary>
/// A whole run: models, data and the stages that train them, in order. <see cref="RecipeLoader"/> reads it from YAML, where keys are
/// the snake_case of these properties; what it returns is complete and consistent.
/// </summary>
public sealed record Recipe
{
    /// <summary>The run's name: letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</summary>
    public required string Name { get; init; } = "";

    /// <summary>The seed of everything random in the run.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>The precision of the run.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Where the tokenizer comes from; null where the models' folders hold it.</summary>
    public TokenizerSpec? Tokenizer { get; init; }

    /// <summary>How conversations become text.</summary>
    public TemplateSpec Template { get; init; } = new();

    /// <summary>How pictures become tensors.</summary>
    public ImageSpec Image { get; init; } = new();

    /// <summary>The models by name.</summary>
    public required ValueMap<ModelSpec> Models { get; init; } = new();

    /// <summary>The datasets by name.</summary>
    public required ValueMap<DataSpec> Data { get; init; } = new();

    /// <summary>What reported models are measured on; null measures nothing.</summary>
    public EvaluationSpec? Evaluation { get; init; }

    /// <summary>The stages, in the order in which they run.</summary>
    [Length(1, 100)]
    public required ValueList<StageSpec> Stages { get; init; } = [];

    /// <summary>The stage of a name.</summary>
    /// <exception cref="KeyNotFoundException">No stage has this name.</exception>
    public StageSpec Stage(string name) =>
        Stages.FirstOrDefault(stage => stage.Name == name) ?? throw new KeyNotFoundException($"The recipe has no stage '{name}'.");

    /// <summary>The recipe as YAML with every default written out and every path absolute. Loading it gives an equal recipe.</summary>
    public string ToYaml() => YamlWriter.Write(RecordWriter.Write(this));
}
