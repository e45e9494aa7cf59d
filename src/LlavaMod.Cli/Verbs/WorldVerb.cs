using System.CommandLine;
using LlavaMod.Data.Images;
using LlavaMod.Data.World;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod world</c>: the built-in world as files that any LLaVA trainer reads.</summary>
internal static class WorldVerb
{
    public static Command Create(Terminal terminal)
    {
        var output = new Option<string>("--out") { HelpName = "DIR", Required = true, Description = "The folder to make; it must not exist or be empty" };
        var count = new Option<int>("--count")
        {
            HelpName = "N",
            DefaultValueFactory = _ => 1000,
            Description = "Training scenes; validation and held_out get a tenth as many each",
        };
        var seed = new Option<long>("--seed") { HelpName = "S", Description = "The same seed gives the same files" };
        var command = new Command("world", "Write the built-in world as images and LLaVA JSON, for any trainer") { output, count, seed };
        command.SetAction(parse => Run(parse.GetRequiredValue(output), parse.GetValue(count), parse.GetValue(seed), terminal));
        return command;
    }

    private static void Run(string folder, int count, long seed, Terminal terminal)
    {
        WorldExport.Write(folder, count, new ShapeWorld(seed), PngEncoder.Encode, terminal.Stop);
        terminal.Text.WriteLine($"{folder}: {count} training scenes (train.json, preference.json), validation.json, held_out.json, images/, facts.jsonl");
    }
}
