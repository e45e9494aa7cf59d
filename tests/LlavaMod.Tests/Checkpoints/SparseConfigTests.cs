using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Tests.Golden;

namespace LlavaMod.Tests.Checkpoints;

public sealed class SparseConfigTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly JsonObject json;

    public SparseConfigTests() =>
        json = JsonNode.Parse(File.ReadAllText(Path.Combine(GoldenCases.Fixtures, "moe-upcycle", "sparse_config.json")))!.AsObject();

    public void Dispose() => folder.Dispose();

    private string Config => folder.Write("config.json", json.ToJsonString());

    [Fact]
    public void LLaVA_MoDs_section_is_read_as_reference_routing()
    {
        var experts = ModelConfigFile.Read(Config).Experts.ShouldNotBeNull();
        experts.Reference.ShouldBeTrue();
        experts.Layers.ShouldBe([0, 2]);
        (experts.NumExperts, experts.TopK, experts.CapacityFactor, experts.EvalCapacityFactor).ShouldBe((4, 2, 2.0, 2.0));
    }

    [Fact]
    public void What_is_written_reads_back_equal()
    {
        var config = ModelConfigFile.Read(Config);
        string copy = folder.Write("copy.json", ModelConfigFile.Write(config, "float32"));
        var experts = ModelConfigFile.Read(copy).Experts.ShouldNotBeNull();
        experts.Layers.ShouldBe(config.Experts!.Layers);
        (experts with { Layers = config.Experts.Layers }).ShouldBe(config.Experts);
    }

    [Theory]
    [InlineData("top_k_experts", null, "moe has no top_k_experts")]
    [InlineData("top_k_experts", "5", "top_k 5 must be between 1 and num_experts, 4")]
    [InlineData("top_k_experts", "\"two\"", "config.json")]
    [InlineData("num_experts", "[1000000, 1000000]", "num_experts 1000000")]
    [InlineData("num_experts", "[4, 8]", "num_experts differs between layers")]
    [InlineData("num_experts", "[null]", "num_experts 0")]
    [InlineData("num_experts", "4", "config.json")]
    [InlineData("moe_layers_idx", "[0, 4]", "layers [0, 4] must rise and lie between 0 and 3")]
    [InlineData("moe_layers_idx", "[]", "no layer is sparse")]
    [InlineData("capacity_factor", "-1", "capacity_factor -1")]
    public void A_damaged_section_is_the_users_error(string key, string? value, string message)
    {
        json["moe"]![key] = value is null ? null : JsonNode.Parse(value);
        Should.Throw<UserError>(() => ModelConfigFile.Read(Config)).Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("\"top_k_experts\"", "\"num_experts\"")]
    [InlineData("\"vocab_size\"", "\"hidden_size\"")]
    [InlineData("\"model_type\"", "\"hidden_act\"")]
    public void A_key_that_stands_twice_is_the_users_error(string key, string other)
    {
        string text = json.ToJsonString();
        text.ShouldContain(other);
        string path = folder.Write("config.json", text.Replace(other + ":", key + ":"));
        Should.Throw<UserError>(() => ModelConfigFile.Read(path)).Message.ShouldContain("config.json is not valid JSON");
    }

    [Theory]
    [InlineData("""{"num_experts": 4}""")]
    [InlineData("""{"layers": null}""")]
    [InlineData("""{"layers": [9]}""")]
    [InlineData("""{"layers": [0], "top_k": 1e99}""")]
    public void A_damaged_section_of_our_own_is_the_users_error(string experts)
    {
        json.Remove("moe");
        json["experts"] = JsonNode.Parse(experts);
        Should.Throw<UserError>(() => ModelConfigFile.Read(Config)).Message.ShouldContain("config.json");
    }
}
