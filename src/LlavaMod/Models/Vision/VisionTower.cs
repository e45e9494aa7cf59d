using LlavaMod.Torch;

namespace LlavaMod.Models.Vision;

/// <summary>A vision tower with its own parameters, so that teacher and student can look through the same one.</summary>
public sealed class VisionTower
{
    private readonly ClipTower clip;

    private VisionTower(ParameterStore store, ClipTower clip)
    {
        Store = store;
        this.clip = clip;
    }

    /// <summary>The tower's parameters, named <c>model.vision_tower.vision_tower.vision_model...</c> as in LLaVA's checkpoints.</summary>
    public ParameterStore Store { get; }

    /// <summary>Sizes.</summary>
    public VisionConfig Config => clip.Config;

    /// <summary>Builds a tower from a source of parameters.</summary>
    public static VisionTower Build(VisionConfig config, IParameterSource source, DType dtype, Device device)
    {
        var store = new ParameterStore(source, dtype, device);
        return new VisionTower(store, new ClipTower(store.Root / "model" / "vision_tower" / "vision_tower", config));
    }

    /// <summary>Patch features for pixels [images, 3, S, S]: [images, patches, D].</summary>
    public Tensor Features(Tensor pixels) => clip.Features(pixels);
}
