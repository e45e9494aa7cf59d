using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Checkpoints;

/// <summary>Model folders whose weights are PyTorch's files.</summary>
public sealed class TorchWeightsTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();
    private readonly Llava model = TinyModels.Build(3);
    private readonly KeyValuePair<string, Tensor>[] weights;

    public TorchWeightsTests()
    {
        weights = [.. model.AllParameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))];
        ModelFolder.Save(model, folder.Path);
        File.Delete(folder[ModelFolder.WeightsFile]);
    }

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
        scope.Dispose();
    }

    private void ShouldLoad()
    {
        using var loaded = ModelFolder.Load(folder.Path);
        foreach (var (expected, found) in model.AllParameters.Zip(loaded.AllParameters))
            TensorHash.Sha256(found.Value).ShouldBe(TensorHash.Sha256(expected.Value), expected.Name);
        var inspection = ModelInspection.Of(folder.Path);
        inspection.Size.ShouldBe(ModelSize.Of(model));
        inspection.Parts.ShouldAllBe(part => part.Types.Single() == DType.Float32);
    }

    [Theory, InlineData(null), InlineData("state_dict"), InlineData("module")]
    public void A_model_in_one_file_loads_bit_for_bit(string? nest)
    {
        TorchArchive.Write(folder["pytorch_model.bin"], weights, nest);
        ShouldLoad();
    }

    [Fact]
    public void A_model_in_shards_loads_bit_for_bit()
    {
        WriteShards("pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin");
        ShouldLoad();
    }

    [Fact]
    public void A_model_of_half_precision_loads_as_any_type()
    {
        TorchArchive.Write(folder["pytorch_model.bin"], [.. weights.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.To(DType.Float16)))]);
        foreach (var dtype in (DType[])[DType.Float32, DType.BFloat16])
        {
            using var loaded = ModelFolder.Load(folder.Path, dtype);
            foreach (var (expected, found) in model.AllParameters.Zip(loaded.AllParameters))
                TensorHash.Sha256(found.Value).ShouldBe(TensorHash.Sha256(expected.Value.To(DType.Float16).To(found.Value.DType)), expected.Name);
        }
    }

    [Fact]
    public void Safetensors_go_before_PyTorchs_files()
    {
        TorchArchive.Write(folder["pytorch_model.bin"], [KeyValuePair.Create("pickled", Create.Zeros([1]))]);
        SafetensorsWriter.Write(folder[ModelFolder.WeightsFile], [KeyValuePair.Create("safe", Create.Zeros([1]))]);
        using var stored = StoredTensors.Open(folder.Path);
        stored.Names.ShouldBe(["safe"]);
    }

    [Theory, InlineData("mm_projector.bin"), InlineData("other.pt")]
    public void One_file_of_any_name_is_opened_by_its_path(string name)
    {
        TorchArchive.Write(folder[name], [KeyValuePair.Create("model.mm_projector.weight", Create.Ones([2, 3]))]);
        using var stored = StoredTensors.Open(folder[name]);
        stored["model.mm_projector.weight"].Shape.ShouldBe([2, 3]);
        stored["model.mm_projector.weight"].DType.ShouldBe(DType.Float32);
    }

    [Fact]
    public void A_connector_alone_is_what_a_folder_without_a_model_holds()
    {
        TorchArchive.Write(folder["mm_projector.bin"], [KeyValuePair.Create("model.mm_projector.weight", Create.Ones([2, 3]))]);
        using var stored = StoredTensors.Open(folder.Path);
        stored.Path.ShouldBe(folder["mm_projector.bin"]);
    }

    [Fact]
    public void A_file_that_asks_for_code_is_the_users_error()
    {
        TorchArchive.Write(folder["pytorch_model.bin"], new PickleBytes().Protocol().Global("os", "system").Text("true").Raw("\u0085R").Stop().ToArray());
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path)).Message.ShouldStartWith($"{folder["pytorch_model.bin"]}: it asks for 'os.system'");
    }

    [Theory, InlineData("../weights.bin"), InlineData("/etc/weights.bin"), InlineData("model.safetensors")]
    public void A_shard_is_a_file_of_its_format_beside_its_index(string shard)
    {
        WriteShards(shard, shard);
        Should.Throw<UserError>(() => StoredTensors.Open(folder.Path)).Message.ShouldEndWith($"to \"{shard}\", which is not the name of a .bin file");
    }

    private void WriteShards(string first, string second)
    {
        var halves = weights.Chunk(weights.Length / 2 + 1).ToArray();
        if (first != second)
        {
            TorchArchive.Write(folder[first], halves[0]);
            TorchArchive.Write(folder[second], halves[1]);
        }
        var map = new JsonObject();
        foreach (var (name, _) in halves[0]) map[name] = first;
        foreach (var (name, _) in halves[1]) map[name] = second;
        folder.Write("pytorch_model.bin.index.json", new JsonObject { ["weight_map"] = map }.ToJsonString());
    }
}
