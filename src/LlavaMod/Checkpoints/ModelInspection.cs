using LlavaMod.Models;
using LlavaMod.Models.Vision;
using LlavaMod.Torch;

namespace LlavaMod.Checkpoints;

/// <summary>What a checkpoint of any layout holds, from its configuration and the headers of its weights: no weights are read.</summary>
/// <param name="Layout">The name of its layout in the catalog.</param>
/// <param name="Config">The configuration of a whole model; null for a part of one.</param>
/// <param name="Tower">The configuration of a tower alone; null for anything else.</param>
/// <param name="AbsentTower">The name of a tower that the model needs and that is not on this disk; null where nothing is absent.</param>
/// <param name="Size">All of it.</param>
/// <param name="Parts">Its parts, those that it has.</param>
public sealed record ModelInspection(
    string Layout, LlavaConfig? Config, VisionConfig? Tower, string? AbsentTower, ModelSize Size, IReadOnlyList<InspectedPart> Parts)
{
    /// <summary>Looks into a model's folder, or into one file of weights.</summary>
    /// <exception cref="UserError">A file is missing or damaged, the layout is not known, or a whole model's weights and configuration do not fit.</exception>
    public static ModelInspection Of(string path)
    {
        using var scope = new TensorScope();
        using var stored = new CheckpointParameters(path);
        var checkpoint = stored.Checkpoint;
        var (file, layout) = (checkpoint.File, checkpoint.Layout);
        string? absent = checkpoint.HasTower || file is null ? null : file.Checked(() => TowerFolder.Absent(file));
        var language = file?.Checked(() => layout.Language(file));
        if (language is not null && absent is null) return OfWhole(stored);

        var config = language is null ? null : new LlavaConfig { Language = language, Experts = file!.Checked(() => layout.Experts(file)) };
        var tower = language is null && file is not null && checkpoint.HasTower ? file.Checked(() => layout.Vision(file)) : null;
        return Of(layout.Name, config, stored.Names.Select(ItemOf)) with { Tower = tower, AbsentTower = absent };

        Item ItemOf(string name) => new(name, TensorParts.Of(name), stored.Describe(name).DType, stored.Describe(name).Elements);
    }

    private static ModelInspection OfWhole(CheckpointParameters stored)
    {
        var config = stored.Checkpoint.Config;
        var types = new StoredTypes(stored);
        using var model = Llava.Build(config, types, DType.Float32, Device.Meta);
        stored.Complete();
        return Of(stored.Checkpoint.Layout.Name, config,
            model.AllParameters.Select(parameter => new Item(parameter.Name, parameter.Part, types[parameter.Name], parameter.Value.Elements)));
    }

    private static ModelInspection Of(string layout, LlavaConfig? config, IEnumerable<Item> items)
    {
        var parts = items.ToLookup(item => item.Part);
        var inspected = TensorParts.Order.Where(parts.Contains).Select(part => Part(part, [.. parts[part]]));
        return new ModelInspection(layout, config, null, null, Size(parts.SelectMany(part => part)), [.. inspected]);

        InspectedPart Part(ModelPart part, Item[] of) =>
            new(part, Size(of), [.. of.Select(item => item.Type).Distinct().Order()], of.Sum(item => item.Elements * item.Type.Size()));

        ModelSize Size(IEnumerable<Item> of) => ModelSize.Of(of.Select(item => (item.Name, item.Part, item.Elements)), config?.Experts);
    }

    private sealed record Item(string Name, ModelPart Part, DType Type, long Elements);

    // Shapes for the model, types for us.
    private sealed class StoredTypes(CheckpointParameters stored) : IParameterSource
    {
        private readonly Dictionary<string, DType> types = [];

        public DType this[string name] => types[name];

        public Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer)
        {
            if (stored.Describe(name, shape) is not { } found) return null;
            types[name] = found.DType;
            return Create.Empty(shape, device: Device.Meta);
        }
    }
}

/// <summary>One part of an inspected model.</summary>
/// <param name="Part">Which; None for tensors that are no part of our models.</param>
/// <param name="Size">Its parameters.</param>
/// <param name="Types">The types that its tensors are stored in.</param>
/// <param name="Bytes">What they take on disk.</param>
public sealed record InspectedPart(ModelPart Part, ModelSize Size, IReadOnlyList<DType> Types, long Bytes);
