using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Checkpoints;

public sealed class SafetensorsShardsTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();
    private readonly Llava model = TinyModels.Build(3);

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
        scope.Dispose();
    }

    private IEnumerable<KeyValuePair<string, Tensor>> Weights => model.AllParameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value));

    private JsonObject Index => JsonNode.Parse(File.ReadAllText(folder[StoredTensors.IndexFile]))!.AsObject();

    private long BytesIn(string file) => SafetensorsFile.ReadHeader(folder[file]).Entries.Values.Sum(entry => entry.Bytes);

    [Fact]
    public void What_fits_in_one_file_is_in_one_file()
    {
        SafetensorsShards.Write(folder.Path, Weights).ShouldBe([ModelFolder.WeightsFile]);
        Directory.GetFiles(folder.Path).ShouldBe([folder[ModelFolder.WeightsFile]]);
    }

    [Theory, InlineData(20_000), InlineData(5_000), InlineData(1)]
    public void A_model_in_shards_loads_bit_for_bit(long mostBytes)
    {
        ModelFolder.Save(model, folder.Path);
        File.Delete(folder[ModelFolder.WeightsFile]);
        var files = SafetensorsShards.Write(folder.Path, Weights, mostBytes);
        files.Count.ShouldBeGreaterThan(1);
        files.ShouldBe(Enumerable.Range(1, files.Count).Select(number => $"model-{number:00000}-of-{files.Count:00000}.safetensors"));
        foreach (string file in files)
            (BytesIn(file) <= mostBytes || SafetensorsFile.ReadHeader(folder[file]).Entries.Count == 1).ShouldBeTrue(file);

        using var loaded = ModelFolder.Load(folder.Path);
        foreach (var (expected, found) in model.AllParameters.Zip(loaded.AllParameters))
            TensorHash.Sha256(found.Value).ShouldBe(TensorHash.Sha256(expected.Value), expected.Name);
    }

    [Fact]
    public void The_index_sends_every_tensor_to_its_shard_and_says_the_size_of_all()
    {
        var files = SafetensorsShards.Write(folder.Path, Weights, 20_000);
        ((long)Index["metadata"]!["total_size"]!).ShouldBe(files.Sum(BytesIn));
        var map = Index["weight_map"]!.AsObject();
        map.Select(entry => entry.Key).ShouldBe(Weights.Select(weight => weight.Key).Order(StringComparer.Ordinal));
        foreach (var (name, file) in map) SafetensorsFile.ReadHeader(folder[(string)file!]).Entries.Keys.ShouldContain(name);
    }

    [Fact]
    public void Real_numbers_are_written_in_the_wanted_type()
    {
        var tensors = Weights.Append(KeyValuePair.Create("ids", Tensor.From([1L, 2], 2))).ToList();
        var files = SafetensorsShards.Write(folder.Path, tensors, 5_000, DType.Float16);
        using var stored = StoredTensors.Open(folder.Path);
        foreach (var (name, tensor) in tensors)
            TensorHash.Sha256(stored.Load(name)).ShouldBe(TensorHash.Sha256(name == "ids" ? tensor : tensor.To(DType.Float16)), name);
        ((long)Index["metadata"]!["total_size"]!).ShouldBe(files.Sum(BytesIn));
    }
}
