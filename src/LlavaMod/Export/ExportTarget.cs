using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Recipes;

namespace LlavaMod.Export;

/// <summary>Names a program that models are exported to, as <c>llavamod export --to</c> takes it; its layout has the same name.</summary>
public sealed class ExportTargetAttribute(string name) : CatalogEntryAttribute(name);

/// <summary>A program that reads exported models: what it wants beside the names and the config.json of its <see cref="CheckpointLayout"/>.</summary>
public abstract class ExportTarget
{
    /// <summary>The name in the catalog.</summary>
    public string Name => Catalog<ExportTarget>.Entries.Single(entry => entry.Type == GetType()).Name;

    /// <summary>How tensors and configuration are written.</summary>
    public CheckpointLayout Layout => Catalog<CheckpointLayout>.Create(Name);

    /// <summary>Adds what the program wants: tokens, rows of the embedding, keys of the files.</summary>
    /// <exception cref="UserError">The program cannot read such a model; the message says why.</exception>
    public abstract void Complete(ExportDraft draft);

    /// <summary>How the model card says that the model is loaded: Markdown.</summary>
    public abstract string Use { get; }
}
