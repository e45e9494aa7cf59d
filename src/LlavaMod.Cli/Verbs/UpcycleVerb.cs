using System.CommandLine;
using LlavaMod.Checkpoints;
using LlavaMod.Cli.Results;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Recipes;
using LlavaMod.Recipes.Yaml;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Torch;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod upcycle MODEL --out DIR</c>: a dense model on disk becomes a sparse one that computes the same.</summary>
internal static class UpcycleVerb
{
    public static Command Create(Terminal terminal)
    {
        var defaults = new UpcycleSpec();
        var model = new Argument<string>("MODEL") { Description = "A dense model's folder: config.json and model.safetensors" };
        var output = new Option<string>("--out") { HelpName = "DIR", Required = true, Description = "The folder to make; it must not exist or be empty" };
        var experts = new Option<int>("--experts") { HelpName = "N", DefaultValueFactory = _ => defaults.NumExperts, Description = "Experts in a sparse layer" };
        var chosen = new Option<int>("--top-k") { HelpName = "K", DefaultValueFactory = _ => defaults.TopK, Description = "Experts that a token goes to" };
        var placement = new Option<string>("--placement")
        {
            HelpName = "WHERE",
            DefaultValueFactory = _ => "every_other",
            Description = "Sparse layers: every_other, all, first_half, second_half, or numbers such as 0,2",
        };
        var residual = new Option<bool>("--residual") { Description = "Keep the dense network beside the experts, mixed in by a learned coefficient" };
        var seed = new Option<long>("--seed") { HelpName = "S", Description = "Of the routers' random start" };
        var command = new Command("upcycle", "Turn a dense model's feed-forward layers into experts") { model, output, experts, chosen, placement, residual, seed };
        command.SetAction(parse => Run(
            parse.GetValue(model)!, parse.GetRequiredValue(output),
            new UpcycleSpec
            {
                NumExperts = parse.GetValue(experts),
                TopK = parse.GetValue(chosen),
                Placement = Placement(parse.GetValue(placement)!),
                Residual = parse.GetValue(residual),
            },
            (ulong)parse.GetValue(seed), terminal));
        return command;
    }

    private static ExpertPlacement Placement(string text)
    {
        var yaml = text.Length > 0 && char.IsAsciiDigit(text[0]) ? $"[{text}]" : text;
        return ExpertPlacementForm.Read(YamlReader.ReadArgument(yaml, "--placement"))
            ?? throw new UserError($"--placement is '{text}'; give every_other, all, first_half, second_half, or layers such as 0,2");
    }

    private static void Run(string folder, string output, UpcycleSpec spec, ulong seed, Terminal terminal)
    {
        OutputFolder.RequireNew(output);
        using var scope = new TensorScope();
        var dtype = ModelFolder.StoredType(folder);
        using var dense = ModelFolder.Load(folder, dtype);
        using var sparse = Llava.Build(Upcycling.Configure(dense.Config, spec), new Upcycling(new ModelParameters(dense), seed), dtype, Device.Cpu, dense.Tower);
        AtomicFolder.Write(output, work =>
        {
            ModelFolder.Save(sparse, work);
            foreach (var name in EncodingFiles.Names.Where(name => File.Exists(Path.Combine(folder, name)))) File.Copy(Path.Combine(folder, name), Path.Combine(work, name));
        });
        var layers = sparse.Config.Experts!.Layers;
        terminal.Text.WriteLine($"{folder}: {Describe(dense)}");
        terminal.Text.WriteLine($"{output}: {Describe(sparse)}; layer{(layers.Count > 1 ? "s" : "")} {string.Join(", ", layers)} of {dense.Config.Language.NumHiddenLayers} with {spec.NumExperts} experts, {spec.TopK} for each token");
    }

    private static string Describe(Llava model) =>
        ModelSize.Of(model) is var size && size.Total == size.Active
            ? $"{Figures.Count(size.Total)} parameters"
            : $"{Figures.Count(size.Total)} parameters, {Figures.Count(size.Active)} of them active";
}
