using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Runs;
using LlavaMod.Torch;

namespace LlavaMod.Export;

/// <summary>How a model is written.</summary>
public sealed record ExportOptions
{
    /// <summary>How many bytes of tensors one file holds at most; at least 1.</summary>
    public long MostShardBytes { get; init; } = SafetensorsShards.DefaultMostBytes;

    /// <summary>The type of all real numbers; null is that in which most of the model is stored.</summary>
    public DType? DType { get; init; }
}

/// <summary>What was written.</summary>
/// <param name="Size">The model's parameters.</param>
/// <param name="DType">The type that they are stored in.</param>
/// <param name="Weights">The names of the files with weights.</param>
/// <param name="Notes">What the user should know.</param>
public sealed record ExportReport(ModelSize Size, DType DType, IReadOnlyList<string> Weights, IReadOnlyList<string> Notes);

/// <summary>Writes a model's folder for another program: weights in its names, config.json, tokenizer, image preprocessing, and a model card.</summary>
public static class ModelExport
{
    /// <summary>The model card's file name.</summary>
    public const string CardFile = "README.md";

    /// <summary>Reads a model's folder of any layout and writes another, which appears whole or not at all.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="output">The folder to make.</param>
    /// <param name="target">Who is to read it.</param>
    /// <param name="options">Types and sizes.</param>
    /// <exception cref="UserError">The model is damaged, or the target cannot express it; found before weights are read where that is possible.</exception>
    public static ExportReport Write(string folder, string output, ExportTarget target, ExportOptions options)
    {
        var (source, dtype, tower) = Look(folder, target, options.DType);
        using var scope = new TensorScope();
        using var model = ModelFolder.Load(folder, dtype == DType.BFloat16 ? DType.BFloat16 : DType.Float32);
        var draft = new ExportDraft(model, new EncodingDraft(folder, tower), source);
        if (draft.Encoding.Assumption is { } assumed) draft.Notes.Add($"Assumed: {assumed}.");
        target.Complete(draft);
        var config = target.Layout.Write(draft.Config, dtype.ToString().ToLowerInvariant());
        foreach (var (key, value) in draft.Keys) config[key] = value?.DeepClone();
        if (dtype == DType.Float16) RequireHalfRange(draft);
        // Of what is written: the embedding may have got rows.
        var size = ModelSize.Of(model.AllParameters.Select(parameter => (parameter.Name, parameter.Part, draft.Tensors[parameter.Name].Elements)), model.Config.Experts);
        IReadOnlyList<string> weights = [];
        AtomicFolder.Write(output, work =>
        {
            weights = SafetensorsShards.Write(
                work, draft.Tensors.Select(tensor => KeyValuePair.Create(target.Layout.ToTheirs(tensor.Key), tensor.Value)), options.MostShardBytes, dtype);
            draft.Encoding.Write(work);
            AtomicFile.Write(Path.Combine(work, CardFile), new ModelCard(draft, target, size, RunOrigin.Of(folder)).ToString());
            AtomicFile.Write(Path.Combine(work, ModelFolder.ConfigFile), config.ToJsonString(ConfigFile.Options) + "\n");
        });
        return new ExportReport(size, dtype, weights, draft.Notes);
    }

    // Half precision ends at 65504; what is larger would become infinite.
    private static void RequireHalfRange(ExportDraft draft)
    {
        foreach (var (name, tensor) in draft.Tensors)
        {
            using var scope = new TensorScope();
            float largest = tensor.To(DType.Float32).Abs().Max().Item<float>();
            if (float.IsFinite(largest) && largest > (float)Half.MaxValue)
                throw new UserError($"{name} holds {largest}, and fp16 ends at {(float)Half.MaxValue}; give --dtype bf16 or fp32");
        }
    }

    // Everything that can be refused without weights.
    private static (JsonObject Source, DType DType, string? Tower) Look(string folder, ExportTarget target, DType? wanted)
    {
        ConfigFile.Read(Path.Combine(folder, ModelFolder.ConfigFile));
        using var checkpoint = Checkpoint.Open(folder);
        var dtype = wanted ?? (checkpoint.Tensors.MainType is (DType.Float16 or DType.BFloat16) and { } half ? half : DType.Float32);
        target.Layout.Write(checkpoint.Config, dtype.ToString().ToLowerInvariant());
        return (checkpoint.File!.Json, dtype, checkpoint.OutsideTower);
    }
}
