using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Models.Vision;

namespace LlavaMod.Tests.Checkpoints.Layouts;

/// <summary>config.json of the original LLaVA and its descendants.</summary>
public sealed class FlatConfigTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly JsonObject json = JsonNode.Parse("""
        {
          "model_type": "llava", "architectures": ["LlavaLlamaForCausalLM"], "hidden_act": "silu", "hidden_size": 5120, "intermediate_size": 13824,
          "num_attention_heads": 40, "num_hidden_layers": 40, "num_key_value_heads": 40, "max_position_embeddings": 4096, "rms_norm_eps": 1e-05,
          "rope_scaling": null, "tie_word_embeddings": false, "vocab_size": 32000, "torch_dtype": "float16", "pretraining_tp": 1,
          "mm_projector_type": "mlp2x_gelu", "mm_vision_select_feature": "patch", "mm_vision_select_layer": -2, "mm_vision_tower": "openai/clip-vit-large-patch14-336",
          "mm_use_im_start_end": false, "mm_use_im_patch_token": false, "image_aspect_ratio": "pad", "mm_hidden_size": 1024
        }
        """)!.AsObject();

    private const string Clip = """
        {"model_type": "clip", "vision_config": {"model_type": "clip_vision_model", "hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16,
                                                 "num_hidden_layers": 24, "image_size": 336, "patch_size": 14}}
        """;

    public void Dispose() => folder.Dispose();

    private string Config => folder.Write("llava/config.json", json.ToJsonString());

    [Theory]
    [InlineData("llava", "llama")]
    [InlineData("llava_llama", "llama")]
    [InlineData("llava_qwen2", "qwen2")]
    [InlineData("moe_llava_qwen2", "qwen2")]
    [InlineData("moe_llava_qwen1_5", "qwen2")]
    [InlineData("llama", "llama")]
    public void A_family_is_found_behind_LLaVAs_names_for_it(string type, string family)
    {
        folder.Write("clip-vit-large-patch14-336/config.json", Clip);
        json["model_type"] = type;
        var config = ModelConfigFile.Read(Config);
        config.Language.ModelType.ShouldBe(family);
        (config.Language.HiddenSize, config.Language.RmsNormEps, config.Vision!.Tokens, config.Connector).ShouldBe((5120, 1e-5, 576, "mlp2x_gelu"));
    }

    [Fact]
    public void A_language_model_is_read_without_the_tower_that_stands_outside()
    {
        ModelConfigFile.ReadLanguage(Config).Language.HiddenSize.ShouldBe(5120);
        Should.Throw<UserError>(() => ModelConfigFile.ReadVision(Config)).Message.ShouldContain("not on this disk");
    }

    [Fact]
    public void Siglip_behind_patch_selection_loses_its_first_patch_as_it_did_in_training()
    {
        json["vision_config"] = JsonNode.Parse("""{"model_type": "siglip_vision_model", "image_size": 384, "patch_size": 14, "hidden_size": 1152, "num_attention_heads": 16, "num_hidden_layers": 27, "intermediate_size": 4304}""");
        ModelConfigFile.Read(Config).Vision!.Tokens.ShouldBe(728);
        json["mm_vision_select_feature"] = "cls_patch";
        ModelConfigFile.Read(Config).Vision!.ShouldBe(ModelConfigFile.Read(Config).Vision! with { ModelType = Siglip.ModelType, DropFirstPatch = false });
        ModelConfigFile.Read(Config).Vision!.Tokens.ShouldBe(729);
    }

    [Theory]
    [InlineData("llava_mpt", "config.json: unknown language family 'mpt'")]
    [InlineData("llava_mistral", "config.json: unknown language family 'mistral'")]
    public void Another_family_is_refused_by_name(string type, string message)
    {
        json["model_type"] = type;
        Should.Throw<UserError>(() => ModelConfigFile.Read(Config)).Message.ShouldContain(message);
    }
}
