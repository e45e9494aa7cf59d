using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Torch;

namespace LlavaMod.Export;

/// <summary>A model on its way into another program's folder: everything that will be written, still to be changed.</summary>
public sealed class ExportDraft
{
    private readonly Dictionary<string, Tensor> tensors;

    internal ExportDraft(Llava model, EncodingDraft encoding, JsonObject source)
    {
        Config = model.Config;
        Encoding = encoding;
        Source = source;
        tensors = model.AllParameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
    }

    /// <summary>The model's configuration.</summary>
    public LlavaConfig Config { get; set; }

    /// <summary>The tensors under our own names, in the order in which they are written.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => tensors;

    /// <summary>The tokenizer's and the image preprocessing's files.</summary>
    public EncodingDraft Encoding { get; }

    /// <summary>The config.json that the model was read from.</summary>
    public JsonObject Source { get; }

    /// <summary>Keys that config.json gets beside those of the layout.</summary>
    public JsonObject Keys { get; } = [];

    /// <summary>What the user should know, a sentence each: they are printed, and stand in the model card.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Gives the embedding, and the head where it is not tied, this many rows; new ones are the mean of the others.</summary>
    /// <remarks>The mean is a word like any other: it is never much more likely than the rest.</remarks>
    public void AddRows(long rows)
    {
        foreach (string name in (string[])[CheckpointNames.Embedding, CheckpointNames.Head])
        {
            if (!tensors.TryGetValue(name, out var old)) continue;
            var wide = old.To(DType.Float32);
            var added = wide.Mean(0, keep: true).Expand(rows - old.Size(0), old.Size(1)); // [new, D]
            tensors[name] = Shaping.Cat([old, added.To(old.DType)]);
        }
        Config = Config with { Language = Config.Language with { VocabSize = rows } };
    }
}
