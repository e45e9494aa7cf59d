using LlavaMod.Models;
using LlavaMod.Torch;

namespace LlavaMod.Checkpoints;

/// <summary>What a model's folder holds, from its configuration and the header of its weights: no weights are read.</summary>
/// <param name="Config">The configuration.</param>
/// <param name="Size">The whole model.</param>
/// <param name="Parts">Its parts, those that it has.</param>
public sealed record ModelInspection(LlavaConfig Config, ModelSize Size, IReadOnlyList<InspectedPart> Parts)
{
    private static readonly ModelPart[] Order =
    [
        ModelPart.Vision, ModelPart.Connector, ModelPart.Embeddings, ModelPart.Attention, ModelPart.Norms, ModelPart.Ffn, ModelPart.Experts,
        ModelPart.Routers, ModelPart.Head,
    ];

    /// <summary>Looks into a folder.</summary>
    /// <exception cref="UserError">A file is missing or damaged, or weights and configuration do not fit.</exception>
    public static ModelInspection Of(string folder)
    {
        ConfigFile.Read(Path.Combine(folder, ModelFolder.ConfigFile));
        using var scope = new TensorScope();
        using var stored = new CheckpointParameters(folder);
        var config = stored.Checkpoint.Config;
        var types = new StoredTypes(stored);
        using var model = Llava.Build(config, types, DType.Float32, Device.Meta);
        stored.Complete();
        var parts = model.AllParameters.ToLookup(parameter => parameter.Part);
        return new ModelInspection(config, ModelSize.Of(model), [.. Order.Where(parts.Contains).Select(part => Part(part, [.. parts[part]]))]);

        InspectedPart Part(ModelPart part, Parameter[] parameters) => new(
            part,
            ModelSize.Of(parameters, config.Experts),
            [.. parameters.Select(parameter => types[parameter.Name]).Distinct().Order()],
            parameters.Sum(parameter => parameter.Value.Elements * types[parameter.Name].Size()));
    }

    // Shapes for the model, types for us; the file's values are only mapped.
    private sealed class StoredTypes(CheckpointParameters stored) : IParameterSource
    {
        private readonly Dictionary<string, DType> types = [];

        public DType this[string name] => types[name];

        public Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer)
        {
            using var scope = new TensorScope();
            if (stored.Find(name, shape, initializer) is not { } found) return null;
            types[name] = found.DType;
            return scope.Return(Create.Empty(shape, device: Device.Meta));
        }
    }
}

/// <summary>One part of an inspected model.</summary>
/// <param name="Part">Which.</param>
/// <param name="Size">Its parameters.</param>
/// <param name="Types">The types that its tensors are stored in.</param>
/// <param name="Bytes">What they take on disk.</param>
public sealed record InspectedPart(ModelPart Part, ModelSize Size, IReadOnlyList<DType> Types, long Bytes);
