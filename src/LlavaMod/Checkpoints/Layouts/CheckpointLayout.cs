using System.Text.Json.Nodes;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Recipes;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>Names a layout of checkpoints, as <c>llavamod inspect</c> says it and <c>llavamod export</c> takes it.</summary>
public sealed class CheckpointLayoutAttribute(string name) : CatalogEntryAttribute(name)
{
    /// <summary>The layouts with lower numbers are asked first whether they recognise a checkpoint: the more special ones.</summary>
    public required int Order { get; init; }
}

/// <summary>
/// One way to name a model's tensors and to write its config.json, in both directions. Ours are the names that a <see cref="Llava"/> gives its
/// parameters: the original LLaVA's, and for experts those of Hugging Face's Qwen2-MoE.
/// </summary>
public abstract class CheckpointLayout
{
    private static CatalogEntry[] ByOrder =>
        [.. Catalog<CheckpointLayout>.Entries.OrderBy(entry => ((CheckpointLayoutAttribute)entry.Attribute).Order)];

    /// <summary>The name in the catalog.</summary>
    public string Name => Catalog<CheckpointLayout>.Entries.Single(entry => entry.Type == GetType()).Name;

    /// <summary>Whether a checkpoint has this layout, unless a layout that is asked earlier says the same.</summary>
    public abstract bool Recognizes(CheckpointSignature checkpoint);

    /// <summary>Our name for a tensor. What the layout does not know keeps its name.</summary>
    public virtual string ToOurs(string name) => name;

    /// <summary>The layout's name for one of our tensors.</summary>
    public virtual string ToTheirs(string name) => name;

    /// <summary>The language model, or null where the layout has none.</summary>
    /// <exception cref="UserError">The configuration says something that is not supported.</exception>
    public virtual LanguageConfig? Language(ConfigFile file) => null;

    /// <summary>The tower, or null where the model has none.</summary>
    /// <exception cref="UserError">The configuration says something that is not supported, or the tower's own one is not on this disk.</exception>
    public virtual VisionConfig? Vision(ConfigFile file) => null;

    /// <summary>The experts, or null for a dense model.</summary>
    /// <exception cref="UserError">The configuration says something that is not supported.</exception>
    public virtual ExpertsConfig? Experts(ConfigFile file) => null;

    /// <summary>A model's configuration.</summary>
    /// <exception cref="UserError">There is no whole model, or its configuration says something that is not supported.</exception>
    public LlavaConfig Read(ConfigFile file) => file.Checked(() =>
    {
        var language = Language(file) ?? throw new UserError($"{file.Path}: layout {Name} has no language model, and so is no whole model");
        var vision = Vision(file);
        var config = new LlavaConfig { Language = language, Vision = vision, Experts = Experts(file) };
        config.Experts?.Validate(file.Path, language.NumHiddenLayers);
        if (vision is null) return config;
        var (connector, options) = Connector(file);
        return config with { Connector = connector, ConnectorOptions = options };
    });

    /// <summary>The config.json of a model, without what depends on its tokenizer.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="dtype">torch_dtype, such as float32 or bfloat16.</param>
    /// <exception cref="UserError">The layout cannot hold such a model; the message says why.</exception>
    public virtual JsonObject Write(LlavaConfig config, string dtype) => throw new UserError($"layout {Name} is read only: it has no config.json of a whole model");

    /// <summary>The connector's name in the catalog, and its options. Asked for where there is a tower.</summary>
    protected virtual (string Name, object? Options) Connector(ConfigFile file) => throw new UserError($"{file.Path}: layout {Name} has no connector");

    /// <summary>The layout of a checkpoint: by the names of its tensors and its config.json, or by the latter alone where the names say nothing.</summary>
    /// <exception cref="UserError">No layout recognises it.</exception>
    public static CheckpointLayout Of(CheckpointSignature checkpoint) =>
        Find(checkpoint) ?? (checkpoint.Config is null ? null : Find(checkpoint with { Names = [] }))
        ?? throw new UserError($"{checkpoint.Path}: its tensors ({checkpoint.Example}) have the names of no known layout: {string.Join(", ", ByOrder.Select(entry => entry.Name))}");

    private static CheckpointLayout? Find(CheckpointSignature checkpoint) =>
        ByOrder.Select(entry => (CheckpointLayout)entry.Create()).FirstOrDefault(layout => layout.Recognizes(checkpoint));
}
