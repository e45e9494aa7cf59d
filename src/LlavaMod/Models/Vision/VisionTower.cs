using System.Reflection;
using LlavaMod.Recipes;
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
        var family = (VisionFamilyAttribute)Catalog<VisionFamily>.Find(config.ModelType).Attribute;
        return new VisionTower(store, (VisionEncoder)Activator.CreateInstance(family.Encoder, BindingFlags.DoNotWrapExceptions, null, [scope, config], null)!);
    }

    /// <summary>Features for pixels [images, 3, S, S]: [images, tokens, D].</summary>
    public Tensor Features(Tensor pixels) => encoder.Features(pixels);
}
