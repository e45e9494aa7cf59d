using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;

namespace LlavaMod.Data.Formats;

/// <summary>What the formats have in common whose rows are in a JSON or JSONL file, with pictures beside it.</summary>
public abstract record RowFileOptions : IDatasetOptions
{
    /// <summary>The JSON or JSONL file.</summary>
    [RecipePath]
    public required string Path { get; init; } = "";

    /// <summary>The folder, .zip or .tar that the rows' image names start in; null where no row has an image.</summary>
    [RecipePath]
    public string? Images { get; init; }

    /// <summary>How many rows to take from the start; null takes all.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }

    /// <summary>What happens when a row turns out to be broken.</summary>
    public OnError OnError { get; init; }

    /// <summary>Part of the rows that may be broken under <c>on_error: skip</c>.</summary>
    [Range(0.0, 1.0)]
    public double MaxErrorShare { get; init; } = BrokenRows.DefaultShare;

    /// <inheritdoc/>
    public virtual bool YieldsPairs => false;
}
