using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlavaMod.Checkpoints;
using LlavaMod.Cli.Results;
using LlavaMod.Models;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod diff A B</c>: how far two checkpoints are apart, by part and by tensor.</summary>
internal static class DiffVerb
{
    private const int MostShown = 10;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
    };

    public static Command Create(Terminal terminal)
    {
        var first = new Argument<string>("A") { Description = "A model's folder or a file of weights, of any layout that can be read" };
        var second = new Argument<string>("B") { Description = "Another one; its layout may differ" };
        var all = new Option<bool>("--all") { Description = $"Show every tensor, not only the {MostShown} that are farthest apart" };
        var json = new Option<bool>("--json") { Description = "Print everything as JSON" };
        var command = new Command("diff", "Compare two checkpoints: relative L2 distance, largest difference and cosine, by part and tensor") { first, second, all, json };
        command.SetAction(parse =>
        {
            var found = CheckpointComparison.Of(parse.GetValue(first)!, parse.GetValue(second)!, terminal.Stop);
            if (parse.GetValue(json)) terminal.Text.WriteLine(Json(found));
            else Show(found, parse.GetValue(all), terminal);
        });
        return command;
    }

    private static void Show(CheckpointComparison found, bool all, Terminal terminal)
    {
        var parts = new FigureTable("part", "tensors", "equal", "rel. L2", "max abs", "cosine");
        foreach (var (part, tensors, equal, distance) in found.Parts) parts.Add([NameOf(part), $"{tensors}", $"{equal}", .. Cells(distance)]);
        parts.Write(terminal.Output);
        var apart = found.Tensors.Where(tensor => tensor.Distance.Difference != 0).OrderByDescending(tensor => tensor.Distance.RelativeL2);
        var shown = all ? found.Tensors : [.. apart.Take(MostShown)];
        if (shown.Count > 0)
        {
            terminal.Text.WriteLine();
            var table = new FigureTable(all ? "tensor" : "farthest tensors", "rel. L2", "max abs", "cosine");
            foreach (var tensor in shown) table.Add([tensor.Name, .. Cells(tensor.Distance)]);
            foreach (var line in table.Lines) terminal.Text.WriteLine(line);
        }
        List("only in A", found.OnlyInFirst, all, terminal);
        List("only in B", found.OnlyInSecond, all, terminal);
        List("other shapes", found.OtherShapes, all, terminal);
    }

    private static void List(string what, IReadOnlyList<string> names, bool all, Terminal terminal)
    {
        if (names.Count == 0) return;
        terminal.Text.WriteLine($"{what}: {names.Count}");
        int shown = all ? names.Count : Math.Min(names.Count, MostShown);
        foreach (var name in names.Take(shown)) terminal.Text.WriteLine($"  {name}");
        if (shown < names.Count) terminal.Text.WriteLine($"  and {names.Count - shown} more (--all shows them)");
    }

    private static string Json(CheckpointComparison found) => JsonSerializer.Serialize(
        new
        {
            parts = found.Parts.Select(part => new
            {
                part = NameOf(part.Part), part.Tensors, part.Equal, part.Distance.Elements, part.Distance.RelativeL2, part.Distance.MaxAbs, part.Distance.Cosine,
            }),
            tensors = found.Tensors.Select(tensor => new
            {
                tensor.Name, part = NameOf(tensor.Part), tensor.Distance.Elements, tensor.Distance.RelativeL2, tensor.Distance.MaxAbs, tensor.Distance.Cosine,
            }),
            only_in_a = found.OnlyInFirst,
            only_in_b = found.OnlyInSecond,
            other_shapes = found.OtherShapes,
        },
        Options);

    private static string NameOf(ModelPart part) => part == ModelPart.None ? "other" : part.ToString().ToLowerInvariant();

    private static string[] Cells(TensorDistance distance) => [Number(distance.RelativeL2), Number(distance.MaxAbs), distance.Cosine.ToString("F6", CultureInfo.InvariantCulture)];

    private static string Number(double value) => value == 0 ? "0" : value.ToString("0.00e+0", CultureInfo.InvariantCulture);
}
