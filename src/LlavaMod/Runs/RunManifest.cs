using LlavaMod.Training;

namespace LlavaMod.Runs;

/// <summary>Which data fed which stage of a run: manifest.json, written when a stage begins and when it is complete.</summary>
/// <param name="Tokenizer">SHA-256 of the tokenizer's files, in lower-case hex.</param>
/// <param name="Template">The chat template's name.</param>
/// <param name="TemplateHash">SHA-256 of the template's name and settings, in lower-case hex.</param>
/// <param name="Stages">The stages that have begun, in order.</param>
public sealed record RunManifest(string Tokenizer, string Template, string TemplateHash, IReadOnlyList<StageManifest> Stages)
{
    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path) => RunJson.Write(path, this);

    /// <summary>Reads the file.</summary>
    /// <exception cref="UserError">The file cannot be read or is not a manifest.</exception>
    public static RunManifest Read(string path) => RunJson.Read<RunManifest>(path);
}

/// <summary>The data of one stage.</summary>
/// <param name="Name">The stage's name.</param>
/// <param name="Complete">Whether it is complete; until then nothing is known of what it used.</param>
/// <param name="Sources">Its datasets, in the recipe's order.</param>
public sealed record StageManifest(string Name, bool Complete, IReadOnlyList<SourceManifest> Sources);

/// <summary>One dataset in one stage.</summary>
/// <param name="Name">Its name in the recipe.</param>
/// <param name="Format">Its format.</param>
/// <param name="Path">The file, folder or pattern as the recipe has it; null where nothing is read.</param>
/// <param name="ContentHash">SHA-256 of what its rows are read or generated from, in lower-case hex.</param>
/// <param name="Rows">Its rows, broken ones included, within the limit of the dataset.</param>
/// <param name="Limit">How many of them the stage takes from the start at most; null for all.</param>
/// <param name="Weight">How often a row stands in a pass of the stage.</param>
/// <param name="Use">What the stage took; null until it is complete.</param>
public sealed record SourceManifest(
    string Name, string Format, string? Path, string ContentHash, int Rows, int? Limit, double Weight, SourceUse? Use);
