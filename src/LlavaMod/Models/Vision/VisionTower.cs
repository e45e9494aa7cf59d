using LlavaMod.Torch;

namespace LlavaMod.Models.Vision;

/// <summary>A vision tower with its own parameters, so that teacher and student can look through the same one.</summary>
public sealed class VisionTower
{
    private readonly VisionEncoder encoder;

    private VisionTower(ParameterStore store, VisionEncoder encoder)
    {
        Store = store;
        this.encoder = encoder;
    }

    /// <summary>The tower's parameters, named <c>model.vision_tower.vision_tower.vision_model...</c> as in LLaVA's checkpoints.</summary>
    public ParameterStore Store { get; }

    /// <summary>Sizes.</summary>
    public VisionConfig Config => encoder.Config;

    /// <summary>Builds a tower from a source of parameters.</summary>
    public static VisionTower Build(VisionConfig config, IParameterSource source, DType dtype, Device device)
    {
        var store = new ParameterStore(source, dtype, device);
        var scope = store.Root / "model" / "vision_tower" / "vision_tower";
        return new VisionTower(store, config.ModelType == Siglip.ModelType ? new SiglipTower(scope, config) : new ClipTower(scope, config));
    }

    /// <summary>Patch features for pixels [images, 3, S, S]: [images, patches, D].</summary>
    public Tensor Features(Tensor pixels) => encoder.Features(pixels);
}
