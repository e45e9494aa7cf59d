using LlavaMod.Checkpoints;

namespace LlavaMod.Tests.Checkpoints;

public sealed class CheckpointNamesTests
{
    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.q_proj.weight")]
    [InlineData("model.mm_projector.image_spatial_proj.2.bias", "model.mm_projector.2.bias")]
    [InlineData("model.image_tower.image_tower.vision_model.pre_layrnorm.bias", "model.vision_tower.vision_tower.vision_model.pre_layrnorm.bias")]
    [InlineData("vision_model.pre_layrnorm.bias", "model.vision_tower.vision_tower.vision_model.pre_layrnorm.bias")]
    [InlineData("model.layers.2.mlp.deepspeed_moe.gate.wg.weight", "model.layers.2.mlp.gate.weight")]
    [InlineData("model.layers.2.mlp.deepspeed_moe.experts.deepspeed_experts.3.up_proj.weight", "model.layers.2.mlp.experts.3.up_proj.weight")]
    [InlineData("model.layers.2.mlp.mlp.up_proj.weight", "model.layers.2.mlp.residual_expert.up_proj.weight")]
    [InlineData("model.layers.2.mlp.coefficient.bias", "model.layers.2.mlp.coefficient.bias")]
    public void Other_layouts_are_renamed_as_they_are_read(string theirs, string ours) => CheckpointNames.ToOurs(theirs).ShouldBe(ours);
}
