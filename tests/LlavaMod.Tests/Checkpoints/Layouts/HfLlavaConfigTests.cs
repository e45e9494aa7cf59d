using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;

namespace LlavaMod.Tests.Checkpoints.Layouts;

/// <summary>config.json of transformers' LLaVA, which leaves out what has its default.</summary>
public sealed class HfLlavaConfigTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly JsonObject json = JsonNode.Parse("""
        {
          "model_type": "llava", "image_token_index": 32000, "projector_hidden_act": "gelu", "vision_feature_layer": -2,
          "text_config": {"model_type": "llama", "max_position_embeddings": 4096, "rms_norm_eps": 1e-05, "vocab_size": 32064},
          "vision_config": {"model_type": "clip_vision_model", "hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16,
                            "num_hidden_layers": 24, "image_size": 336, "patch_size": 14, "projection_dim": 768, "vocab_size": 32000}
        }
        """)!.AsObject();

    public void Dispose() => folder.Dispose();

    private string Config => folder.Write("config.json", json.ToJsonString());

    [Fact]
    public void Missing_keys_have_transformers_defaults()
    {
        var config = ModelConfigFile.Read(Config);
        config.Language.ShouldBe(new LanguageConfig
        {
            VocabSize = 32064, HiddenSize = 4096, IntermediateSize = 11008, NumHiddenLayers = 32, NumAttentionHeads = 32, NumKeyValueHeads = 32,
            MaxPositionEmbeddings = 4096, RopeTheta = 10_000, RmsNormEps = 1e-5, AttentionBias = false, ModelType = Llama.ModelType,
        });
        (config.Vision!.Tokens, config.Vision.HiddenAct, config.Vision.LayerNormEps, config.Vision.SelectLayer).ShouldBe((576, "quick_gelu", 1e-5, -2));
        config.Connector.ShouldBe("mlp2x_gelu");
    }

    [Fact]
    public void Towers_and_language_models_of_other_families_have_their_own_defaults()
    {
        json["text_config"] = JsonNode.Parse("""{"model_type": "qwen2", "hidden_size": 896, "num_attention_heads": 14, "num_key_value_heads": 2, "tie_word_embeddings": true}""");
        json["vision_config"] = JsonNode.Parse("""{"model_type": "siglip_vision_model"}""");
        json["vision_feature_select_strategy"] = "full";
        var config = ModelConfigFile.Read(Config);
        (config.Language.VocabSize, config.Language.IntermediateSize, config.Language.RopeTheta, config.Language.AttentionBias).ShouldBe((151936, 22016, 10_000, true));
        (config.Vision!.ModelType, config.Vision.Tokens, config.Vision.HiddenAct).ShouldBe((Siglip.ModelType, 196, "gelu_pytorch_tanh"));

        json["vision_feature_select_strategy"] = "default";
        ModelConfigFile.Read(Config).Vision!.Tokens.ShouldBe(195);
    }

    [Fact]
    public void Rotary_settings_of_transformers_5_are_those_of_4()
    {
        json["text_config"]!["rope_parameters"] = JsonNode.Parse("""{"rope_type": "linear", "factor": 4, "rope_theta": 5000}""");
        var newer = ModelConfigFile.Read(Config).Language;
        json["text_config"]!.AsObject().Remove("rope_parameters");
        json["text_config"]!["rope_theta"] = 5000;
        json["text_config"]!["rope_scaling"] = JsonNode.Parse("""{"type": "linear", "factor": 4}""");
        newer.ShouldBe(ModelConfigFile.Read(Config).Language);
        newer.RopeScaling.ShouldBe(new RopeScaling { RopeType = "linear", Factor = 4 });
    }

    [Theory]
    [InlineData("vision_feature_select_strategy", "\"full\"", "'full' gives the language model clip_vision_model's class token, which is not supported")]
    [InlineData("vision_feature_select_strategy", "\"half\"", "vision_feature_select_strategy 'half' is unknown")]
    [InlineData("vision_feature_layer", "[-2, -5]", "vision_feature_layer [-2,-5] is not supported")]
    [InlineData("vision_feature_layer", "-30", "select_layer -30")]
    [InlineData("projector_hidden_act", "\"relu\"", "projector_hidden_act 'relu' is not supported; gelu is")]
    [InlineData("multimodal_projector_bias", "false", "multimodal_projector_bias false is not supported")]
    [InlineData("model_type", "\"llava_next\"", "model_type 'llava_next' is not supported; llava is")]
    [InlineData("text_config", "{\"model_type\": \"gemma\"}", "config.json: unknown language family 'gemma'")]
    [InlineData("text_config", "{\"rope_scaling\": {\"type\": \"yarn\"}}", "rope_scaling 'yarn' is not supported; linear and llama3 are")]
    [InlineData("text_config", "{\"mlp_bias\": true}", "mlp_bias is not supported")]
    [InlineData("text_config", "{\"rope_scaling\": {\"factor\": 8}}", "rope_scaling '' is not supported")]
    [InlineData("text_config", "{\"rope_parameters\": {\"rope_type\": \"longrope\"}}", "rope_scaling 'longrope' is not supported")]
    [InlineData("vision_config", "null", "has no vision_config")]
    [InlineData("vision_config", "{\"model_type\": \"dinov2\"}", "config.json: unknown vision family 'dinov2'")]
    public void What_is_not_supported_is_refused_by_name(string key, string value, string message)
    {
        json[key] = JsonNode.Parse(value);
        Should.Throw<UserError>(() => ModelConfigFile.Read(Config)).Message.ShouldContain(message);
    }
}
