using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Checkpoints;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    private string Weights => folder[ModelFolder.WeightsFile];

    private static Dictionary<string, string> Hashes(Llava model) =>
        model.AllParameters.ToDictionary(parameter => parameter.Name, parameter => $"{parameter.Value} {Convert.ToHexString(TensorHash.Sha256(parameter.Value))}");

    [Theory]
    [InlineData(false, true, DType.Float32)]
    [InlineData(false, false, DType.Float32)]
    [InlineData(true, true, DType.Float32)]
    [InlineData(true, false, DType.BFloat16)]
    public void A_saved_model_loads_bit_for_bit(bool sparse, bool tied, DType dtype)
    {
        var experts = new ExpertsConfig { Layers = [0], NumExperts = 3, TopK = 1, CapacityFactor = 1.25, UseResidual = true };
        using var model = TinyModels.Build(3, TinyModels.Config(sparse ? experts : null, tied), dtype);
        ModelFolder.Save(model, folder["first"]);
        using var loaded = ModelFolder.Load(folder["first"], dtype);
        Hashes(loaded).ShouldBe(Hashes(model));
        loaded.Parameters.Contains("lm_head.weight").ShouldBe(!tied);
        loaded.Config.Language.ShouldBe(model.Config.Language);
        loaded.Config.Vision.ShouldBe(model.Config.Vision);

        ModelFolder.Save(loaded, folder["second"]);
        foreach (string file in (string[])[ModelFolder.ConfigFile, ModelFolder.WeightsFile])
        {
            File.ReadAllBytes(folder[$"second/{file}"]).ShouldBe(File.ReadAllBytes(folder[$"first/{file}"]), file);
        }
    }

    [Fact]
    public void A_model_of_text_alone_loads_bit_for_bit()
    {
        using var model = TinyModels.Build(3, TinyModels.Config() with { Vision = null, Connector = null });
        ModelFolder.Save(model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        loaded.Tower.ShouldBeNull();
        Hashes(loaded).ShouldBe(Hashes(model));
    }

    [Fact]
    public void A_model_that_looks_through_another_ones_tower_leaves_the_stored_one_alone()
    {
        using var lender = TinyModels.Build(4);
        using var model = TinyModels.Build(3);
        ModelFolder.Save(model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path, sharedTower: lender.Tower);
        loaded.Tower.ShouldBeSameAs(lender.Tower);
    }

    [Fact]
    public void Everything_that_does_not_fit_is_in_one_message()
    {
        using var model = TinyModels.Build(3);
        ModelFolder.Save(model, folder.Path);
        var tensors = model.AllParameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
        tensors.Remove("model.norm.weight");
        tensors["model.layers.1.mlp.up_proj.weight"] = Create.Zeros([24, 15]);
        tensors["model.layers.2.mlp.up_proj.weight"] = Create.Zeros([24, 16]);
        tensors["model.mm_projector.image_spatial_proj.0.bias"] = Create.Zeros([16]);
        SafetensorsWriter.Write(Weights, tensors);
        string message = Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message;
        message.ShouldStartWith($"{Weights} does not fit its configuration: ");
        message.ShouldContain("missing model.norm.weight");
        message.ShouldContain("model.layers.1.mlp.up_proj.weight is [24, 15], the configuration wants [24, 16]");
        message.ShouldContain("unexpected model.layers.2.mlp.up_proj.weight");
        message.ShouldContain("are both model.mm_projector.0.bias");
        message.ShouldNotContain('\n');
    }

    [Fact]
    public void A_long_list_of_what_does_not_fit_is_counted()
    {
        using var model = TinyModels.Build(3);
        ModelFolder.Save(model, folder.Path);
        SafetensorsWriter.Write(Weights, [KeyValuePair.Create("other", Create.Zeros([1]))]);
        int more = model.AllParameters.Count() + 1 - 20;
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message.ShouldEndWith($" ... and {more} more");
    }

    [Theory, InlineData(0), InlineData(5), InlineData(200), InlineData(0.5), InlineData(-1)]
    public void Weights_that_are_cut_short_are_the_users_error(double where)
    {
        using var model = TinyModels.Build(3);
        ModelFolder.Save(model, folder.Path);
        byte[] bytes = File.ReadAllBytes(Weights);
        File.WriteAllBytes(Weights, bytes[..(int)(where < 0 ? bytes.Length + where : where is > 0 and < 1 ? bytes.Length * where : where)]);
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message.ShouldContain(ModelFolder.WeightsFile);
    }

    [Fact]
    public void A_folder_without_a_model_says_what_is_missing()
    {
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message.ShouldContain("config.json: no such file");
        using var model = TinyModels.Build(3);
        ModelFolder.Save(model, folder.Path);
        File.Delete(Weights);
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message.ShouldContain("model.safetensors: no such file");
    }

    [Theory]
    [InlineData("hidden_size", "17", "hidden_size 17 is not a multiple of num_attention_heads 4")]
    [InlineData("hidden_size", "null", "config.json")]
    [InlineData("hidden_size", "\"wide\"", "config.json")]
    [InlineData("vocab_size", "null", "vocab_size is missing")]
    [InlineData("vocab_size", "9223372036854775806", "is more than any model has")]
    [InlineData("num_hidden_layers", "2147483647", "is more than any model has")]
    [InlineData("rope_theta", "1e400", "must be positive numbers")]
    [InlineData("rms_norm_eps", "-1", "must be positive numbers")]
    [InlineData("num_attention_heads", "2147483647", "is more than any model has")]
    [InlineData("model_type", "\"gpt2\"", "gpt2")]
    [InlineData("rope_scaling", "{\"type\": \"yarn\"}", "rope_scaling is not supported")]
    [InlineData("partial_rotary_factor", "0.5", "partial_rotary_factor 0.5 is not supported")]
    [InlineData("mm_use_im_start_end", "true", "mm_use_im_start_end, tokens around each picture, is not supported")]
    [InlineData("mm_patch_merge_type", "\"spatial_unpad\"", "mm_patch_merge_type 'spatial_unpad' is not supported; flat is")]
    [InlineData("mm_vision_select_feature", "\"cls_patch\"", "mm_vision_select_feature 'cls_patch' gives the language model clip_vision_model's class token")]
    [InlineData("use_sliding_window", "true", "use_sliding_window is not supported")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act 'gelu' is not supported")]
    [InlineData("mm_projector_type", "null", "no mm_projector_type")]
    [InlineData("mm_projector_type", "\"mlp9x\"", "mlp9x")]
    [InlineData("mm_vision_select_layer", "-9", "select_layer -9")]
    public void A_configuration_that_is_not_supported_is_the_users_error(string key, string value, string message)
    {
        using var model = TinyModels.Build(3);
        ModelFolder.Save(model, folder.Path);
        var json = JsonNode.Parse(File.ReadAllText(folder[ModelFolder.ConfigFile]))!;
        json[key] = JsonNode.Parse(value);
        folder.Write(ModelFolder.ConfigFile, json.ToJsonString());
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("num_hidden_layers", 16777216)]
    [InlineData("hidden_size", 2147483646)]
    [InlineData("image_size", 2147483646)]
    public void A_tower_larger_than_any_is_refused_before_it_is_built(string key, int value)
    {
        using var model = TinyModels.Build(3);
        ModelFolder.Save(model, folder.Path);
        var json = JsonNode.Parse(File.ReadAllText(folder[ModelFolder.ConfigFile]))!;
        json["vision_config"]![key] = value;
        folder.Write(ModelFolder.ConfigFile, json.ToJsonString());
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message.ShouldContain("is more than any tower has");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"hidden_size\": ")]
    public void A_configuration_that_is_not_json_is_the_users_error(string text)
    {
        folder.Write(ModelFolder.ConfigFile, text);
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message.ShouldContain(ModelFolder.ConfigFile);
        Should.Throw<UserError>(() => ModelConfigFile.ReadVision(folder[ModelFolder.ConfigFile])).Message.ShouldContain(ModelFolder.ConfigFile);
    }
}
