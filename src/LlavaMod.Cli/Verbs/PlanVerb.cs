using System.CommandLine;
using System.Globalization;
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
        var memory = new Option<string?>("--memory")
        {
            Description = "Memory that there is, such as 8GiB [default: this machine's]; where a stage needs more, what to change is said",
            HelpName = "SIZE",
        };
        var command = new Command("plan", "Estimate a recipe's parameters, memory, tokens and time before anything is loaded") { recipe, set, memory };
        command.SetAction(parse =>
        {
            long there = parse.GetValue(memory) is { } size ? ByteSize.Parse(size, "--memory") : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            Run(new RecipeLoader(LibraryParts.All).Load(parse.GetValue(recipe)!, parse.GetValue(set)!), there, terminal.Output);
        });
        return command;
    }

    private static void Run(Recipe recipe, long there, IAnsiConsole output)
    {
        using var plan = new RecipePlan(recipe, output.WriteLine);
        StagePlan[] stages = [.. plan.Stages()];
        Work(stages).Write(output);
        output.WriteLine();
        Memory(stages).Write(output);
        output.WriteLine();
        output.WriteLine($"in all {Figures.Count(stages.Sum(stage => stage.Tokens))} tokens, {Figures.Count(stages.Sum(stage => stage.Flops))} floating-point operations, at most {Figures.Bytes(stages.Max(stage => stage.Memory.Total))} of tensors; the process itself takes about {Figures.Bytes(MemoryPlan.Process)} more");
        output.WriteLine($"time: {Figures.Duration(stages.Sum(stage => stage.Seconds))} of matrix products at the rate of this machine's processors; small models take a few times as long with everything around them");
        foreach (var stage in stages.Where(stage => stage.Memory.Total + MemoryPlan.Process > there)) output.WriteLine(Advice(plan, stage, there));
    }

    private static string Advice(RecipePlan plan, StagePlan stage, long there)
    {
        string needs = $"{stage.Name} needs {Figures.Bytes(stage.Memory.Total + MemoryPlan.Process)}, and there are {Figures.Bytes(there)}";
        var changes = plan.ChangesToFit(stage.Name, there - MemoryPlan.Process);
        string settings = string.Join(" ", changes.Select(change => $"--set {change.Setting}"));
        double least = (changes.Count > 0 ? changes[^1].Bytes : stage.Memory.Total) + MemoryPlan.Process;
        if (least <= there) return $"{needs}: with {settings} it takes {Figures.Bytes(least)}";
        string even = changes.Count > 0 ? $"even with {settings} it takes {Figures.Bytes(least)}" : "no setting of the stage makes it smaller";
        return $"{needs}: {even}; take smaller models, or a machine with more memory";
    }

    private static FigureTable Work(StagePlan[] stages)
    {
        var table = new FigureTable("stage", "params", "active", "trained", "steps", "tok/step", "tokens", "FLOPs", "time");
        foreach (var stage in stages)
        {
            table.Add(
                stage.Name, Figures.Count(stage.Model.Total), Figures.Count(stage.Model.Active), Figures.Count(stage.Trained), $"{stage.Steps:N0}",
                Figures.Count(stage.TokensPerStep), Figures.Count(stage.Tokens), Figures.Count(stage.Flops), Figures.Clock(stage.Seconds));
        }
        return table;
    }

    private static FigureTable Memory(StagePlan[] stages)
    {
        var (unit, name) = stages.Max(stage => stage.Memory.Total) >= 10L << 30 ? (1L << 30, "GiB") : (1L << 20, "MiB");
        var table = new FigureTable($"memory, {name}", "all", "weights", "teacher", "grads", "AdamW", "activations", "logits", "features");
        foreach (var (stage, memory) in stages.Select(stage => (stage.Name, stage.Memory)))
        {
            double[] parts = [memory.Total, memory.Weights, memory.Others, memory.Gradients, memory.Optimizer, memory.Activations, memory.Logits, memory.Features];
            table.Add([stage, .. parts.Select(part => (part / unit).ToString("0.0", CultureInfo.InvariantCulture))]);
        }
        return table;
    }
}
