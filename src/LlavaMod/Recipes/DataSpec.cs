namespace LlavaMod.Recipes;

/// <summary>A dataset: a format and that format's options, such as paths.</summary>
public sealed record DataSpec
{
    /// <summary>The format's name, for example <c>llava</c>.</summary>
    public required string Format { get; init; } = "";

    /// <summary>The format's own options, or null where it has none.</summary>
    [OptionsOf(nameof(RecipeParts.Formats), nameof(Format))]
    public object? Options { get; init; }

    /// <summary>Whether it holds preference pairs rather than supervised samples.</summary>
    public bool YieldsPairs => Options is Data.Formats.IDatasetOptions { YieldsPairs: true };
}
