using System.CommandLine;
using LlavaMod.Checkpoints;
using LlavaMod.Cli.Progress;
using LlavaMod.Cli.Results;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;
using LlavaMod.Evaluation;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod evaluate MODEL</c>: what a model on disk can do, on the built-in world or on LLaVA JSON.</summary>
internal static class EvaluateVerb
{
    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("MODEL") { Description = "A model's folder with its tokenizer, such as runs/quickstart/models/d2s" };
        var world = new Option<int?>("--world") { HelpName = "N", Description = "Ask about N scenes of the built-in world [default: 200]" };
        var seed = new Option<int?>("--seed") { HelpName = "S", Description = "Which scenes [default: 7]" };
        var data = new Option<string?>("--data") { HelpName = "JSON", Description = "Instead of the world: compare answers with those of a LLaVA JSON or JSONL" };
        var images = new Option<string?>("--images") { HelpName = "PATH", Description = "The folder or .zip of that JSON's pictures" };
        var output = new Option<string?>("--out") { HelpName = "FILE", Description = "Write the scores in detail, as JSON" };
        var command = new Command("evaluate", "Measure a model on the built-in world, or on questions of your own") { model, world, seed, data, images, output };
        command.SetAction(parse =>
        {
            if (parse.GetValue(data) is null)
            {
                if (parse.GetValue(images) is not null) throw new UserError("--images belongs to --data JSON, which is missing");
                Run(parse.GetValue(model)!, loaded => World(loaded, parse.GetValue(world), parse.GetValue(seed)), parse.GetValue(output), terminal);
                return;
            }
            if (parse.GetValue(world) is not null || parse.GetValue(seed) is not null) throw new UserError("--world and --seed ask about the built-in world, --data about a file; give one of them");
            Run(parse.GetValue(model)!, loaded => ExactMatch(loaded, parse.GetValue(data)!, parse.GetValue(images)), parse.GetValue(output), terminal);
        });
        return command;
    }

    /// <summary>A model with what it needs to answer.</summary>
    private sealed record Loaded(string Path, Llava Model, SampleEncoding Encoding);

    private delegate EvaluationResult Questions(Answerer answerer, Action<int, int> progress, CancellationToken stop);

    private static void Run(string folder, Func<Loaded, Questions> choose, string? output, Terminal terminal)
    {
        RefuseRunFolder(folder);
        using var scope = new TensorScope();
        using var chat = ChatModel.Load(folder, ModelFolder.StoredType(folder), report: terminal.Text.WriteLine);
        var ask = choose(new Loaded(folder, chat.Model, chat.Encoding));
        using var vision = new VisionFeatures();
        EvaluationResult? result = null;
        ProgressDisplay.Run(terminal.Output, TimeProvider.System, observer =>
            result = ask(new Answerer(chat.Model, chat.Encoding, vision), (done, total) => observer.Evaluating(folder, done, total), terminal.Stop));
        foreach (var line in Scores.Of(result!)) terminal.Text.WriteLine(line);
        if (output is not null) AtomicFile.Write(output, result!.Details + "\n");
    }

    private static void RefuseRunFolder(string folder)
    {
        if (!Directory.Exists(folder)) throw new UserError($"{folder}: no such folder");
        if (!File.Exists(Path.Combine(folder, "recipe.yaml"))) return;
        var models = Directory.EnumerateDirectories(RunFolder.Open(folder).Model("")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
        throw new UserError($"{folder} is a run; evaluate one of its models, {Path.Combine(folder, "models", "NAME")}: {string.Join(", ", models)}");
    }

    private static Questions World(Loaded loaded, int? count, int? seed)
    {
        if (loaded.Model.Config.Vision is not { } vision || loaded.Encoding.Images is null)
            throw new UserError($"{loaded.Path} has no vision tower, and the world's questions are about pictures; give --data JSON");
        var defaults = new WorldEvaluationSpec();
        // Drawn at the size that the tower looks at, where the world can be.
        var spec = new WorldEvaluationSpec { Count = count ?? defaults.Count, Seed = seed ?? defaults.Seed, ImageSize = Math.Clamp(vision.ImageSize, 56, 64) };
        return new WorldEvaluation(spec, loaded.Encoding).Run;
    }

    private static Questions ExactMatch(Loaded loaded, string data, string? images) => (answerer, progress, stop) =>
    {
        // Of other questions, scores would be others.
        using var dataset = new LlavaFormat(new LlavaFormat.Options { Path = data, Images = images, OnError = OnError.Fail }).Open(ImageSource.Open);
        dataset.CheckStart();
        return new ExactMatchEvaluation(Path.GetFileName(data), (IDataset<Sample>)dataset, loaded.Encoding).Run(answerer, progress, stop);
    };
}
