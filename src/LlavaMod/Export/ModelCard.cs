using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Models;
using LlavaMod.Runs;

namespace LlavaMod.Export;

/// <summary>The README.md of an exported model: what it is, how to load it, and, for a model of a run, recipe, data and results.</summary>
internal sealed class ModelCard(ExportDraft draft, ExportTarget target, ModelSize size, RunOrigin? origin)
{
    public override string ToString()
    {
        var card = new StringBuilder();
        card.Append("---\npipeline_tag: image-text-to-text\ntags: [llavamod, ").Append(target.Name).Append("]\n---\n\n");
        Section(card, "# " + (origin is null ? "A vision-language model" : $"{origin.Stage}"), What());
        Section(card, "## Use", target.Use);
        if (draft.Notes.Count > 0) Section(card, "## To know", string.Join("\n", draft.Notes.Select(note => $"- {note}")));
        if (origin is null)
        {
            Section(card, "## Origin", "Written by LlavaMod from a folder that is not part of a run: recipe, data and results are not known.");
            return card.ToString();
        }
        if (origin.Summary?["models"] is JsonArray { Count: > 0 } models) Section(card, "## Results", "Of all reported models of the run.\n\n" + Table(models));
        if (origin.Summary?["stages"] is JsonArray { Count: > 0 } stages) Section(card, "## Stages", $"This model is what `{origin.Stage}` has left.\n\n" + Table(stages));
        if (origin.Data is { } data) Section(card, "## Data", $"The hash is SHA-256 of what the rows are read or generated from; the tokenizer's is {data.Tokenizer}.\n\n" + Table(DataRows(data)));
        Section(card, "## Recipe", $"````yaml\n{origin.Recipe.TrimEnd()}\n````");
        return card.ToString();
    }

    private static void Section(StringBuilder card, string title, string text) => card.Append(title).Append("\n\n").Append(text.TrimEnd()).Append("\n\n");

    private string What()
    {
        var (language, vision, experts) = (draft.Config.Language, draft.Config.Vision, draft.Config.Experts);
        var lines = new List<string> { $"- {Count(size.Total)} parameters" + (size.Total == size.Active ? "." : $", of which a token meets {Count(size.Active)}.") };
        if (vision is not null) lines.Add($"- Vision: {vision.ModelType}, {vision.NumHiddenLayers} layers of width {vision.HiddenSize}, {vision.ImageSize} pixels; connector {draft.Config.Connector}.");
        lines.Add($"- Language: {language.ModelType}, {language.NumHiddenLayers} layers of width {language.HiddenSize}, {language.VocabSize.ToString("N0", CultureInfo.InvariantCulture)} rows in the embedding.");
        if (experts is not null) lines.Add($"- Experts: {experts.NumExperts} in layers {string.Join(", ", experts.Layers)}, {experts.TopK} for each token.");
        return string.Join("\n", lines);
    }

    private static IEnumerable<JsonObject> DataRows(RunManifest data) => data.Stages.SelectMany(stage => stage.Sources.Select(source => new JsonObject
    {
        ["stage"] = stage.Name,
        ["data"] = source.Name,
        ["format"] = source.Format,
        ["path"] = source.Path,
        ["rows"] = source.Rows,
        ["limit"] = source.Limit,
        ["weight"] = source.Weight,
        ["used"] = source.Use?.Used,
        ["skipped"] = source.Use?.Skipped,
        ["hash"] = source.ContentHash,
    }));

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    // A row for each object, a column for each key that some object has a plain value for.
    private static string Table(IEnumerable<JsonNode?> rows)
    {
        var objects = rows.OfType<JsonObject>().ToList();
        string[] columns = [.. objects.SelectMany(row => row).Where(cell => cell.Value is JsonValue).Select(cell => cell.Key).Distinct()];
        var table = new StringBuilder($"| {string.Join(" | ", columns)} |\n|{string.Concat(columns.Select(_ => "---|"))}\n");
        foreach (var row in objects) table.Append($"| {string.Join(" | ", columns.Select(column => Cell(row[column])))} |\n");
        return table.ToString();
    }

    private static string Cell(JsonNode? value) => value switch
    {
        JsonValue number when number.GetValueKind() == JsonValueKind.Number && number.TryGetValue(out double real) && real != Math.Floor(real) =>
            real.ToString("0.####", CultureInfo.InvariantCulture),
        JsonValue text => text.ToString().ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal),
        _ => "",
    };
}
