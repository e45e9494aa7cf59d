using System.CommandLine;
using LlavaMod.Checkpoints;
using LlavaMod.Cli.Results;
using LlavaMod.Data.Images;
using LlavaMod.Models;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Torch;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod convert IN OUT</c>: a model of any readable layout becomes a folder of this program's, with the files of its tokenizer and its pictures.</summary>
internal static class ConvertVerb
{
    private static readonly Dictionary<string, DType> Types = new() { ["fp32"] = DType.Float32, ["bf16"] = DType.BFloat16 };

    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("IN") { Description = "A model's folder, of any layout that can be read" };
        var output = new Argument<string>("OUT") { Description = "The folder to make; it must not exist or be empty" };
        var type = new Option<string?>("--dtype")
        {
            HelpName = "TYPE",
            Description = "What to store matrices in: fp32 or bf16; by default bf16 where they are stored in it, else fp32. Norms and routers stay fp32",
        };
        type.AcceptOnlyFromAmong([.. Types.Keys]);
        var command = new Command("convert", "Turn a checkpoint of another layout into a folder of this program's") { model, output, type };
        command.SetAction(parse => Run(parse.GetValue(model)!, parse.GetValue(output)!, parse.GetValue(type), terminal));
        return command;
    }

    private static void Run(string folder, string output, string? type, Terminal terminal)
    {
        OutputFolder.RequireNew(output, "give a new folder");
        if (!Directory.Exists(folder)) throw new UserError($"{folder}: no such folder; a model's folder holds config.json and its weights");
        var dtype = type is null ? ModelFolder.StoredType(folder) : Types[type];
        var (layout, tower) = LookInto(folder);
        using var model = ModelFolder.Load(folder, dtype);
        AtomicFolder.Write(output, work =>
        {
            ModelFolder.Save(model, work);
            Copy(EncodingFiles.Names, folder, work);
            if (tower is not null) Copy([ImagePreprocessor.FileName], tower, work);
        });
        terminal.Text.WriteLine($"{folder}: layout {layout}{(tower is null ? "" : $", the tower from {tower}")}");
        terminal.Text.WriteLine($"{output}: {Figures.Count(ModelSize.Of(model).Total)} parameters in {dtype.ToString().ToLowerInvariant()}");
    }

    private static (string Layout, string? Tower) LookInto(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        return (checkpoint.Layout.Name, checkpoint.OutsideTower);
    }

    // The model's own files go before its tower's.
    private static void Copy(IEnumerable<string> names, string from, string to)
    {
        foreach (var name in names.Where(name => File.Exists(Path.Combine(from, name)) && !File.Exists(Path.Combine(to, name))))
            File.Copy(Path.Combine(from, name), Path.Combine(to, name));
    }
}
