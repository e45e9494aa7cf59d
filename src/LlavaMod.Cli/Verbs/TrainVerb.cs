using System.CommandLine;
using LlavaMod.Cli.Progress;
using LlavaMod.Cli.Results;
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
        command.SetAction(parse =>
        {
            Execute(new RecipeLoader(LibraryParts.All).Load(parse.GetValue(recipe)!, parse.GetValue(set)!), parse.GetValue(output), parse.GetValue(resume), terminal);
        });
        return command;
    }

    /// <summary>Runs a recipe, and shows what came out.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="path">The run folder; null for runs/ and the recipe's name.</param>
    /// <param name="resume">Whether to go on with the run that the folder holds.</param>
    /// <param name="terminal">Where to show it.</param>
    internal static RunSummary Execute(Recipe recipe, string? path, bool resume, Terminal terminal)
    {
        path ??= Path.Combine("runs", recipe.Name);
        using var folder = resume ? RunFolder.Resume(path, recipe) : RunFolder.Create(path, recipe);
        RunSummary? summary = null;
        try
        {
            ProgressDisplay.Run(terminal.Output, TimeProvider.System, observer =>
                summary = new Pipeline(recipe, folder, observer).Execute(terminal.Stop));
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine($"llavamod: saved in {path}; the same command with --resume goes on");
            throw;
        }
        if (summary!.Models.Count > 0) ModelTable.Of(summary.Models).Write(terminal.Output);
        foreach (var table in BenchmarkScores.Of(summary.Models)) table.Write(terminal.Output);
        terminal.Text.WriteLine($"{Figures.Duration(summary.Seconds)} in all; figures in {Shown(folder.Summary)}, the whole run in {Shown(folder.Report)}");
        return summary;
    }

    private static string Shown(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);
}
