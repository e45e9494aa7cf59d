using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Checkpoints.Layouts;

public sealed class LayoutNamesTests
{
    private static CheckpointLayout Layout(string name) => Catalog<CheckpointLayout>.Create(name);

    [Theory]
    [InlineData("native", "model.layers.2.mlp.experts.3.up_proj.weight", "model.layers.2.mlp.experts.3.up_proj.weight")]
    [InlineData("llava", "model.mm_projector.2.bias", "model.mm_projector.2.bias")]
    [InlineData("language", "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.q_proj.weight")]
    [InlineData("vision", "vision_model.pre_layrnorm.bias", "model.vision_tower.vision_tower.vision_model.pre_layrnorm.bias")]
    [InlineData("llava-mod", "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.q_proj.weight")]
    [InlineData("llava-mod", "model.mm_projector.image_spatial_proj.2.bias", "model.mm_projector.2.bias")]
    [InlineData("llava-mod", "model.image_tower.image_tower.vision_model.pre_layrnorm.bias", "model.vision_tower.vision_tower.vision_model.pre_layrnorm.bias")]
    [InlineData("llava-mod", "model.layers.2.mlp.deepspeed_moe.gate.wg.weight", "model.layers.2.mlp.gate.weight")]
    [InlineData("llava-mod", "model.layers.2.mlp.deepspeed_moe.experts.deepspeed_experts.3.up_proj.weight", "model.layers.2.mlp.experts.3.up_proj.weight")]
    [InlineData("llava-mod", "model.layers.2.mlp.mlp.up_proj.weight", "model.layers.2.mlp.residual_expert.up_proj.weight")]
    [InlineData("llava-mod", "model.layers.2.mlp.coefficient.bias", "model.layers.2.mlp.coefficient.bias")]
    [InlineData("llava-mod", "lm_head.weight", "lm_head.weight")]
    [InlineData("hf-llava", "vision_tower.vision_model.encoder.layers.1.mlp.fc1.bias", "model.vision_tower.vision_tower.vision_model.encoder.layers.1.mlp.fc1.bias")]
    [InlineData("hf-llava", "multi_modal_projector.linear_1.weight", "model.mm_projector.0.weight")]
    [InlineData("hf-llava", "multi_modal_projector.linear_2.bias", "model.mm_projector.2.bias")]
    [InlineData("hf-llava", "language_model.model.embed_tokens.weight", "model.embed_tokens.weight")]
    [InlineData("hf-llava", "language_model.model.layers.3.mlp.up_proj.weight", "model.layers.3.mlp.up_proj.weight")]
    [InlineData("hf-llava", "language_model.lm_head.weight", "lm_head.weight")]
    public void A_name_goes_both_ways(string layout, string theirs, string ours)
    {
        Layout(layout).ToOurs(theirs).ShouldBe(ours);
        Layout(layout).ToTheirs(ours).ShouldBe(theirs);
    }

    [Theory]
    [InlineData("hf-llava", "model.vision_tower.vision_model.pre_layrnorm.bias", "model.vision_tower.vision_tower.vision_model.pre_layrnorm.bias")]
    [InlineData("hf-llava", "model.multi_modal_projector.linear_1.bias", "model.mm_projector.0.bias")]
    [InlineData("hf-llava", "model.language_model.layers.3.mlp.up_proj.weight", "model.layers.3.mlp.up_proj.weight")]
    [InlineData("hf-llava", "model.language_model.norm.weight", "model.norm.weight")]
    [InlineData("hf-llava", "lm_head.weight", "lm_head.weight")]
    [InlineData("connector", "model.mm_projector.0.weight", "model.mm_projector.0.weight")]
    [InlineData("connector", "mm_projector.2.bias", "model.mm_projector.2.bias")]
    [InlineData("connector", "0.weight", "model.mm_projector.0.weight")]
    [InlineData("connector", "model.mm_projector.image_spatial_proj.0.weight", "model.mm_projector.0.weight")]
    [InlineData("connector", "mm_projector.weight", "model.mm_projector.weight")]
    public void A_second_name_of_a_tensor_is_read(string layout, string theirs, string ours) => Layout(layout).ToOurs(theirs).ShouldBe(ours);

    [Theory]
    [InlineData("connector", "model.mm_projector.0.weight", "model.mm_projector.2.bias")]
    [InlineData("connector", "0.weight", "0.bias", "2.weight")]
    [InlineData("connector", "model.mm_projector.image_spatial_proj.0.weight")]
    [InlineData("vision", "vision_model.pre_layrnorm.bias", "text_model.final_layer_norm.bias", "logit_scale")]
    [InlineData("hf-llava", "language_model.model.norm.weight", "vision_tower.vision_model.pre_layrnorm.bias")]
    [InlineData("hf-llava", "lm_head.weight", "model.language_model.norm.weight", "model.vision_tower.vision_model.pre_layrnorm.bias")]
    [InlineData("llava-mod", "model.embed_tokens.weight", "model.layers.0.mlp.deepspeed_moe.gate.wg.weight")]
    [InlineData("llava-mod", "model.embed_tokens.weight", "model.image_tower.image_tower.vision_model.pre_layrnorm.bias")]
    [InlineData("native", "model.embed_tokens.weight", "model.vision_tower.vision_tower.vision_model.pre_layrnorm.bias")]
    [InlineData("native", "model.embed_tokens.weight", "model.layers.0.mlp.experts.0.up_proj.weight")]
    [InlineData("llava", "model.embed_tokens.weight", "model.mm_projector.0.weight")]
    [InlineData("language", "model.embed_tokens.weight", "lm_head.weight")]
    public void A_layout_is_recognised_by_names_alone(string layout, params string[] names) =>
        CheckpointLayout.Of(new CheckpointSignature("model.safetensors", names, null)).Name.ShouldBe(layout);

    [Fact]
    public void Names_of_no_layout_are_the_users_error()
    {
        string message = Should.Throw<UserError>(() => CheckpointLayout.Of(new CheckpointSignature("x.bin", ["transformer.h.0.attn", "b", "c", "d"], null))).Message;
        message.ShouldStartWith("x.bin: its tensors (transformer.h.0.attn, b, c, ...) have the names of no known layout: connector, vision, hf-llava");
    }
}
