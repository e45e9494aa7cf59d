using System.CommandLine;
using LlavaMod.Cli.Results;
using LlavaMod.Recipes;
using LlavaMod.Stages;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod quickstart</c>: the main job on the built-in world, from nothing to a distilled sparse student.</summary>
internal static class QuickstartVerb
{
    private const string Recipe = "toy/quickstart";

    public static Command Create(Terminal terminal)
    {
        var seed = new Option<int>("--seed") { HelpName = "N", Description = "The seed of everything random; the same seed gives the same figures" };
        var output = new Option<string>("--out") { HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("runs", "quickstart"), Description = "The run folder" };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in the folder, where it was stopped" };
        var command = new Command("quickstart", "Train teacher, student and control on the built-in world, and compare them") { seed, output, resume };
        command.SetAction(parse => Run(parse.GetValue(seed), parse.GetValue(output)!, parse.GetValue(resume), terminal));
        return command;
    }

    private static void Run(int seed, string output, bool resume, Terminal terminal)
    {
        var recipe = new RecipeLoader(LibraryParts.All).Load(ShippedRecipes.PathOf(Recipe), $"seed={seed}");
        var summary = TrainVerb.Execute(recipe, output, resume, terminal);
        foreach (var direction in Directions.Of(summary)) terminal.Text.WriteLine(direction);
    }
}
