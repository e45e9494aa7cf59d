using System.CommandLine;
using LlavaMod.Checkpoints;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Cli.Results;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Torch;
using Spectre.Console;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod inspect PATH</c>: what a model, a checkpoint of any layout or a run holds, without loading weights.</summary>
internal static class InspectVerb
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("PATH") { Description = "A model's folder, of any layout that can be read, one file of weights, a run's folder, or a checkpoint's" };
        var command = new Command("inspect", "Show a model's parts and parameters, or the models of a run, without loading weights") { folder };
        command.SetAction(parse => Run(parse.GetValue(folder)!, terminal.Output));
        return command;
    }

    private static void Run(string folder, IAnsiConsole output)
    {
        if (!Path.Exists(folder)) throw new UserError($"{folder}: no such file or folder");
        if (File.Exists(Path.Combine(folder, "recipe.yaml"))) ShowRun(RunFolder.Open(folder), output);
        else ShowModel(folder, output);
    }

    private static void ShowRun(RunFolder run, IAnsiConsole output)
    {
        var state = RunState.Read(run);
        var table = new FigureTable("stage", "steps", "last loss", "params", "active", "experts");
        foreach (var stage in state.Stages.Select(done => done.Summary))
        {
            var model = ModelInspection.Of(run.Model(stage.Name));
            table.Add(
                stage.Name, $"{stage.Steps:N0}", $"{stage.LastLoss:F4}", Figures.Count(model.Size.Total), Figures.Count(model.Size.Active),
                model.Config?.Experts is { } experts ? $"{experts.NumExperts} in {experts.Layers.Count} of {model.Config!.Language.NumHiddenLayers} layers" : "");
        }
        table.Write(output);
        foreach (var stage in Directory.GetDirectories(run.Checkpoints).Select(path => Path.GetFileName(path)).Where(stage => !state.IsTrained(stage)))
            output.WriteLine($"not finished: {stage}, checkpoints in {Path.GetRelativePath(Environment.CurrentDirectory, run.StageCheckpoints(stage))}");
        output.WriteLine($"llavamod inspect {Path.GetRelativePath(Environment.CurrentDirectory, run.Model("STAGE"))} shows one of them");
    }

    private static void ShowModel(string folder, IAnsiConsole output)
    {
        var model = ModelInspection.Of(folder);
        if (StageCheckpoint.IsCheckpoint(folder)) output.WriteLine($"a checkpoint of step {StageCheckpoint.ReadProgress(folder).Step:N0}");
        output.WriteLine($"layout     {model.Layout}: {Catalog<CheckpointLayout>.Find(model.Layout).Summary}");
        foreach (var line in Describe(model)) output.WriteLine(line);
        var table = new FigureTable("part", "parameters", "active", "type", "on disk");
        foreach (var part in model.Parts)
        {
            table.Add(
                part.Part == ModelPart.None ? "other" : part.Part.ToString().ToLowerInvariant(), $"{part.Size.Total:N0}", $"{part.Size.Active:N0}",
                string.Join(", ", part.Types.Select(type => type.ToString().ToLowerInvariant())), Figures.Bytes(part.Bytes));
        }
        table.Add("all", $"{model.Size.Total:N0}", $"{model.Size.Active:N0}", "", Figures.Bytes(model.Parts.Sum(part => part.Bytes)));
        table.Write(output);
    }

    private static IEnumerable<string> Describe(ModelInspection model)
    {
        if (model.AbsentTower is { } absent) yield return $"vision     {absent}, which is neither in the checkpoint nor on this disk";
        if ((model.Config?.Vision ?? model.Tower) is { } vision)
            yield return $"vision     {vision.NumHiddenLayers} layers of width {vision.HiddenSize}, {vision.ImageSize} pixels in patches of {vision.PatchSize}: {vision.Tokens} features an image";
        if (model.Config is not { } config) yield break;
        if (config.Connector is not null) yield return $"connector  {config.Connector}, {config.TokensPerImage} tokens an image";
        var language = config.Language;
        yield return $"language   {language.ModelType}, {language.NumHiddenLayers} layers of width {language.HiddenSize}, {language.NumAttentionHeads} query and {language.NumKeyValueHeads} key heads, "
            + $"{language.VocabSize:N0} words, head {(language.TieWordEmbeddings ? "tied to the embeddings" : "of its own")}";
        if (config.Experts is { } experts) yield return $"experts    {Describe(experts)}";
    }

    private static string Describe(ExpertsConfig experts) =>
        $"{experts.NumExperts} in layer{(experts.Layers.Count > 1 ? "s" : "")} {string.Join(", ", experts.Layers)}, {experts.TopK} for each token, "
        + (experts.CapacityFactor is { } factor ? $"at most {factor} times an even share" : "none dropped") + (experts.UseResidual ? ", beside a dense one" : "");
}
