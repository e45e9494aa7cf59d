using System.CommandLine;
using LlavaMod.Checkpoints;
using LlavaMod.Cli.Results;
using LlavaMod.Export;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod export MODEL --to TARGET --out DIR</c>: a model's folder for another program.</summary>
internal static class ExportVerb
{
    private static readonly Dictionary<string, DType> Types = new()
    {
        ["fp32"] = DType.Float32,
        ["bf16"] = DType.BFloat16,
        ["fp16"] = DType.Float16,
    };

    public static Command Create(Terminal terminal)
    {
        var targets = Catalog<ExportTarget>.Entries;
        var model = new Argument<string>("MODEL") { Description = "A model's folder, of any layout that inspect shows" };
        var to = new Option<string>("--to")
        {
            HelpName = "TARGET",
            Required = true,
            Description = $"Who is to read it: {string.Join("; ", targets.Select(target => $"{target.Name} ({target.Summary})"))}",
        };
        var output = new Option<string>("--out") { HelpName = "DIR", Required = true, Description = "The folder to make; it must not exist or be empty" };
        var shard = new Option<string>("--max-shard-size")
        {
            HelpName = "SIZE",
            DefaultValueFactory = _ => $"{SafetensorsShards.DefaultMostBytes / 1_000_000_000}GB",
            Description = "How large a file of weights may be, such as 500MB or 2GiB; larger models are written in shards",
        };
        var dtype = new Option<string?>("--dtype")
        {
            HelpName = "TYPE",
            Description = $"The type to write real numbers in: {string.Join(", ", Types.Keys)}; by default that in which most of the model is stored",
        };
        var command = new Command("export", "Write a model for another program, with its tokenizer, image preprocessing and a model card") { model, to, output, shard, dtype };
        command.SetAction(parse => Run(
            parse.GetValue(model)!, parse.GetRequiredValue(to), parse.GetRequiredValue(output),
            new ExportOptions { MostShardBytes = ByteSize.Parse(parse.GetValue(shard)!, "--max-shard-size"), DType = TypeOf(parse.GetValue(dtype)) }, terminal));
        return command;
    }

    private static DType? TypeOf(string? name)
    {
        if (name is null) return null;
        return Types.TryGetValue(name, out var dtype) ? dtype : throw new UserError($"--dtype is '{name}'; {Nearest.Hint(name, Types.Keys)}");
    }

    private static void Run(string folder, string to, string output, ExportOptions options, Terminal terminal)
    {
        var target = Catalog<ExportTarget>.Create(to);
        OutputFolder.RequireNew(output);
        var report = ModelExport.Write(folder, output, target, options);
        string type = Types.First(named => named.Value == report.DType).Key;
        terminal.Text.WriteLine($"{output}: {to}, {Figures.Count(report.Size.Total)} parameters in {type}, {Weights(report.Weights)}");
        foreach (string note in report.Notes) terminal.Text.WriteLine(note);
    }

    private static string Weights(IReadOnlyList<string> files) => files.Count == 1 ? files[0] : $"{files.Count} shards";
}
