using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Checkpoints;

public sealed class StoredTensorsTests : IDisposable
{
    private const int Shards = 3;

    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();
    private readonly Llava model = TinyModels.Build(3);

    public StoredTensorsTests()
    {
        ModelFolder.Save(model, folder.Path);
        File.Delete(folder[ModelFolder.WeightsFile]);
        WriteShards(map => { });
    }

    private string Index => folder[StoredTensors.IndexFile];

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void A_model_in_shards_loads_bit_for_bit()
    {
        using var loaded = ModelFolder.Load(folder.Path);
        foreach (var (expected, found) in model.AllParameters.Zip(loaded.AllParameters))
        {
            found.Name.ShouldBe(expected.Name);
            TensorHash.Sha256(found.Value).ShouldBe(TensorHash.Sha256(expected.Value), expected.Name);
        }
        ModelInspection.Of(folder.Path).Size.ShouldBe(ModelSize.Of(model));
    }

    [Fact]
    public void One_file_of_weights_goes_before_shards()
    {
        SafetensorsWriter.Write(folder[ModelFolder.WeightsFile], [KeyValuePair.Create("only", Create.Zeros([2, 3]))]);
        using var stored = StoredTensors.Open(folder.Path);
        stored.Names.ShouldBe(["only"]);
        stored.ShapeOf("only").ShouldBe([2, 3]);
    }

    [Fact]
    public void What_does_not_fit_names_the_index()
    {
        WriteShards(map => map.Remove("model.norm.weight"), leaveOut: "model.norm.weight");
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message.ShouldBe($"{Index} does not fit its configuration: missing model.norm.weight");
    }

    [Fact]
    public void A_shard_that_is_not_there_is_named()
    {
        File.Delete(folder[Shard(1)]);
        Message().ShouldBe($"{Index}: the shard {Shard(1)} is not beside it; download it again");
    }

    [Fact]
    public void A_shard_that_is_cut_short_is_named()
    {
        File.WriteAllBytes(folder[Shard(2)], File.ReadAllBytes(folder[Shard(2)])[..^5]);
        Message().ShouldStartWith($"{folder[Shard(2)]}: ");
    }

    [Fact]
    public void A_tensor_that_is_not_where_the_index_says_is_named()
    {
        WriteShards(map => map["extra.weight"] = Shard(0));
        Message().ShouldBe($"{Index}: {Shard(0)} lacks extra.weight");
    }

    [Fact]
    public void A_tensor_that_the_index_does_not_name_is_named()
    {
        WriteShards(map => map.Remove("model.norm.weight"));
        Message().ShouldContain("holds model.norm.weight, which model.safetensors.index.json does not name there");
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/model.safetensors")]
    [InlineData("sub/model.safetensors")]
    [InlineData("config.json")]
    [InlineData("..")]
    [InlineData("")]
    public void A_shard_is_a_file_beside_its_index(string shard)
    {
        WriteShards(map => map["model.norm.weight"] = shard);
        Message().ShouldBe($"{Index}: weight_map sends model.norm.weight to \"{shard}\", which is not the name of a .safetensors file");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map": {}}""")]
    [InlineData("""{"weight_map": ["a"]}""")]
    [InlineData("""{"weight_map": {"a": null}}""")]
    [InlineData("""{"weight_map": {"a": 1}}""")]
    public void A_broken_index_is_the_users_error(string text)
    {
        File.WriteAllText(Index, text);
        Message().ShouldStartWith(Index);
    }

    private static string Shard(int number) => $"model-{number + 1:00000}-of-{Shards:00000}.safetensors";

    private string Message() => Should.Throw<UserError>(() => StoredTensors.Open(folder.Path)).Message;

    private void WriteShards(Action<JsonObject> change, string? leaveOut = null)
    {
        var map = new JsonObject();
        var parameters = model.AllParameters.Where(parameter => parameter.Name != leaveOut)
            .Select((parameter, index) => (Shard: Shard(index % Shards), parameter.Name, parameter.Value));
        foreach (var shard in parameters.GroupBy(tensor => tensor.Shard))
        {
            SafetensorsWriter.Write(folder[shard.Key], [.. shard.Select(tensor => KeyValuePair.Create(tensor.Name, tensor.Value))]);
            foreach (var tensor in shard) map[tensor.Name] = shard.Key;
        }
        change(map);
        File.WriteAllText(Index, new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = 1 }, ["weight_map"] = map }.ToJsonString());
    }
}
