using System.CommandLine;
using LlavaMod.Cli.Results;
using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Stages.Planning;
using Spectre.Console;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod plan RECIPE</c>: what a recipe takes of parameters, memory, tokens and time, before anything is loaded.</summary>
internal static class PlanVerb
{
    public static Command Create(Terminal terminal)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "A recipe file, such as recipes/toy/quickstart.yaml" };
        var set = new Option<string[]>("--set")
        {
            Description = "Change a setting: --set stages.d2d.batch_size=64",
            HelpName = "KEY=VALUE",
            DefaultValueFactory = _ => [],
        };
        var command = new Command("plan", "Estimate a recipe's parameters, memory, tokens and time before anything is loaded") { recipe, set };
        command.SetAction(parse => Run(new RecipeLoader(LibraryParts.All).Load(parse.GetValue(recipe)!, parse.GetValue(set)!), terminal.Output));
        return command;
    }

    private static void Run(Recipe recipe, IAnsiConsole output)
    {
        using var plan = new RecipePlan(recipe);
        StagePlan[] stages = [.. plan.Stages()];
        output.Write(Work(stages));
        output.Write(Memory(stages));
        output.WriteLine(
            $"in all {Figures.Count(stages.Sum(stage => stage.Tokens))} tokens and {Figures.Count(stages.Sum(stage => stage.Flops))} floating-point operations; "
            + $"{Figures.Duration(stages.Sum(stage => stage.Seconds))} of matrix products on this machine's processors, at most {Figures.Bytes(stages.Max(stage => stage.Memory.Total))} of memory");
        output.WriteLine("Small models take a few times as long as their matrix products: every other operation, data and evaluation come on top.");
    }

    private static Table Work(StagePlan[] stages) => Fill(
        ["stage", "parameters", "active", "trained", "steps", "tokens a step", "tokens", "operations", "products"],
        stages.Select(stage => (string[])
        [
            stage.Name, Figures.Count(stage.Model.Total), Figures.Count(stage.Model.Active), Figures.Count(stage.Trained), $"{stage.Steps:N0}",
            Figures.Count(stage.TokensPerStep), Figures.Count(stage.Tokens), Figures.Count(stage.Flops), Figures.Duration(stage.Seconds),
        ]));

    private static Table Memory(StagePlan[] stages) => Fill(
        ["stage", "memory", "weights", "teacher", "gradients", "optimiser", "activations", "logits", "features"],
        stages.Select(stage => (string[])
        [
            stage.Name,
            .. new[]
            {
                stage.Memory.Total, stage.Memory.Weights, stage.Memory.Others, stage.Memory.Gradients, stage.Memory.Optimizer,
                stage.Memory.Activations, stage.Memory.Logits, stage.Memory.Features,
            }.Select(Figures.Bytes),
        ]));

    private static Table Fill(string[] columns, IEnumerable<string[]> rows)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var (index, name) in columns.Index()) table.AddColumn(name, column => column.Alignment = index == 0 ? Justify.Left : Justify.Right);
        foreach (var row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
        return table;
    }
}
