namespace LlavaMod.Models.Vision;

/// <summary>The keys of config.json that all vision transformers have.</summary>
public abstract record VitOptions
{
    /// <summary>Width.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the MLPs.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Encoder layers.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Attention heads.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>Side of the square input, pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Side of a patch, pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Which hidden state feeds the connector; negative counts from the last.</summary>
    public int SelectLayer { get; init; } = -2;

    /// <summary>The tower of a family with its own activation and epsilon.</summary>
    internal VisionConfig Configure(string modelType, string hiddenAct, double layerNormEps) => new()
    {
        ModelType = modelType,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        NumHiddenLayers = NumHiddenLayers,
        NumAttentionHeads = NumAttentionHeads,
        ImageSize = ImageSize,
        PatchSize = PatchSize,
        HiddenAct = hiddenAct,
        LayerNormEps = layerNormEps,
        SelectLayer = SelectLayer,
    };
}
