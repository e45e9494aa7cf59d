using LlavaMod.Torch;

namespace LlavaMod.Models.Vision;

/// <summary>A vision transformer: patches are embedded, then go through encoder layers. Families differ in what is around the layers.</summary>
public abstract class VisionEncoder
{
    private protected VisionEncoder(VisionConfig config) => Config = config;

    /// <summary>Sizes.</summary>
    public VisionConfig Config { get; }

    private protected abstract EncoderLayer[] Layers { get; }

    /// <summary>Features of the selected layer for pixels [B, 3, S, S]: [B, tokens, D], one a patch.</summary>
    public abstract Tensor Features(Tensor pixels);

    /// <summary>Every hidden state [B, tokens, D]: what enters the first layer, then each layer's output.</summary>
    public IReadOnlyList<Tensor> HiddenStates(Tensor pixels)
    {
        var states = new List<Tensor> { Embed(pixels) };
        foreach (var layer in Layers) states.Add(layer.Forward(states[^1]));
        return states;
    }

    /// <summary>What enters the first layer, [B, tokens, D].</summary>
    protected abstract Tensor Embed(Tensor pixels);

    private protected static EncoderLayer[] LayersOf(ParameterScope model, VisionConfig config) =>
        [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new EncoderLayer(model / "encoder" / "layers" / i, config))];

    /// <summary>The selected layer's output, [B, tokens, D].</summary>
    protected Tensor Inner(Tensor pixels)
    {
        using var scope = new TensorScope();
        var x = Embed(pixels);
        for (int i = 0; i < Config.LayersUsed; i++) x = Layers[i].Forward(x);
        return scope.Return(x);
    }
}
