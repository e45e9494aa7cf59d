using LlavaMod.Models;

namespace LlavaMod.Checkpoints;

/// <summary>Which part of a model a tensor belongs to, by our name of it: what is known of a checkpoint without its configuration.</summary>
public static class TensorParts
{
    /// <summary>Every part, in the order in which tables show them.</summary>
    public static IReadOnlyList<ModelPart> Order { get; } =
    [
        ModelPart.Vision, ModelPart.Connector, ModelPart.Embeddings, ModelPart.Attention, ModelPart.Norms, ModelPart.Ffn, ModelPart.Experts,
        ModelPart.Routers, ModelPart.Head, ModelPart.None,
    ];

    /// <summary>The part of a tensor; None for what is no part of our models.</summary>
    public static ModelPart Of(string name)
    {
        if (CheckpointNames.IsTower(name)) return ModelPart.Vision;
        if (CheckpointNames.IsConnector(name)) return ModelPart.Connector;
        if (name.StartsWith("model.embed_tokens.", StringComparison.Ordinal)) return ModelPart.Embeddings;
        if (name.StartsWith("lm_head.", StringComparison.Ordinal)) return ModelPart.Head;
        if (name == "model.norm.weight") return ModelPart.Norms;
        if (!name.StartsWith("model.layers.", StringComparison.Ordinal)) return ModelPart.None;
        if (Has(".self_attn.")) return ModelPart.Attention;
        if (Has(".mlp.gate.") || Has(".mlp.coefficient.")) return ModelPart.Routers;
        if (Has(".mlp.experts.") || Has(".mlp.residual_expert.")) return ModelPart.Experts;
        if (Has(".mlp.")) return ModelPart.Ffn;
        return Has("_layernorm.") ? ModelPart.Norms : ModelPart.None;

        bool Has(string part) => name.Contains(part, StringComparison.Ordinal);
    }
}
