using System.CommandLine;
using LlavaMod.Cli.Progress;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod train RECIPE</c>: runs a recipe's stages into a run folder.</summary>
internal static class TrainVerb
{
    public static Command Create(Terminal terminal)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "A recipe file, such as recipes/toy/quickstart.yaml" };
        var set = new Option<string[]>("--set")
        {
            Description = "Change a setting: --set stages.d2d.learning_rate=1e-4",
            HelpName = "KEY=VALUE",
            DefaultValueFactory = _ => [],
        };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in the folder, where it was stopped" };
        var output = new Option<string?>("--out") { Description = "The run folder [default: runs/ and the recipe's name]", HelpName = "DIR" };
        var command = new Command("train", "Run a recipe: its stages one after another, into a run folder") { recipe, set, resume, output };
        command.SetAction(parse => Run(
            parse.GetValue(recipe)!, parse.GetValue(set)!, parse.GetValue(resume), parse.GetValue(output), terminal));
        return command;
    }

    internal static int Run(string recipePath, string[] settings, bool resume, string? output, Terminal terminal)
    {
        var recipe = new RecipeLoader(LibraryParts.All).Load(recipePath, settings);
        string path = output ?? Path.Combine("runs", recipe.Name);
        var folder = resume ? RunFolder.Resume(path, recipe) : RunFolder.Create(path, recipe);
        ProgressDisplay.Run(terminal.Output, TimeProvider.System, observer => new Pipeline(recipe, folder, observer).Execute(terminal.Stop));
        terminal.Text.WriteLine($"done: {Path.GetRelativePath(Environment.CurrentDirectory, folder.Report)}");
        return ExitCode.Fine;
    }
}
