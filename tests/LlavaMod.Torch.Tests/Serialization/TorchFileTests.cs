using System.Runtime.InteropServices;
using LlavaMod.Tests;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Torch.Tests.Serialization;

public sealed class TorchFileTests : TorchTest
{
    private static readonly byte[] Six = MemoryMarshal.AsBytes<float>([0, 1, 2, 3, 4, 5]).ToArray();

    private readonly TemporaryFolder folder = new();

    public override void Dispose()
    {
        folder.Dispose();
        base.Dispose();
    }

    private TorchFile Open(PickleBytes pickle, params (string Name, byte[] Content)[] entries) =>
        TorchFile.Open(TorchArchive.Write(folder["x.bin"], pickle.Stop().ToArray(), entries));

    private static PickleBytes Dict() => new PickleBytes().Protocol().Raw("}");

    [Fact]
    public void Every_element_type_comes_back_bit_by_bit()
    {
        var tensors = Enum.GetValues<DType>().Select(dtype => KeyValuePair.Create($"{dtype}", Floats(0, 1, 2.25f, -3.5f).To(dtype))).ToArray();
        using var file = TorchFile.Open(TorchArchive.Write(folder["x.bin"], tensors));
        file.Names.ShouldBe(tensors.Select(pair => pair.Key));
        foreach (var (name, tensor) in tensors)
        {
            file.Load(name).ShouldEqualBitwise(tensor);
            file.Read(name, tensor.DType, Device.Cpu).ShouldEqualBitwise(tensor);
        }
    }

    [Theory, InlineData("archive/"), InlineData("pytorch_model/"), InlineData("")]
    public void Entries_may_have_any_prefix(string prefix)
    {
        var pickle = Dict().Text("x").Tensor("FloatStorage", "0", 6, 0, [6], [1]).Raw("s").Stop().ToArray();
        using var file = TorchFile.Open(TorchArchive.Write(folder["x.pt"], pickle, [("data/0", Six)], prefix));
        file.Load("x").ShouldHold(0, 1, 2, 3, 4, 5);
    }

    [Fact]
    public void Views_of_a_shared_storage_are_read_by_their_strides()
    {
        using var file = Open(
            Dict().Raw("(")
                .Text("whole").Tensor("FloatStorage", "0", 6, 0, [2, 3], [3, 1])
                .Text("turned").Tensor("FloatStorage", "0", 6, 0, [3, 2], [1, 3])
                .Text("part").Parameter("FloatStorage", "0", 6, 1, [2, 2], [3, 1])
                .Text("last").Tensor("FloatStorage", "0", 6, 5, [], [])
                .Text("none").Tensor("FloatStorage", "0", 6, 0, [0, 3], [3, 1])
                .Raw("u"),
            ("data/0", Six));
        foreach (var load in (Func<string, Tensor>[])[file.Load, name => file.Read(name, DType.Float32, Device.Cpu), name => file.Read(name, DType.Float64, Device.Cpu)])
        {
            load("whole").ShouldHold([2, 3], [0, 1, 2, 3, 4, 5]);
            load("turned").ShouldHold([3, 2], [0, 3, 1, 4, 2, 5]);
            load("part").ShouldHold([2, 2], [1, 2, 4, 5]);
            load("last").ShouldHold([], [5]);
            load("none").Shape.ShouldBe([0, 3]);
        }
    }

    [Fact]
    public void A_state_dict_with_the_versions_of_its_modules_is_read()
    {
        using var file = Open(
            new PickleBytes().Protocol().OrderedDict().Raw("q\0(").Text("x").Tensor("FloatStorage", "0", 6, 0, [6], [1]).Raw("u")
                .Raw("}").Text("_metadata").OrderedDict().Raw("(").Text("").Raw("}").Text("version").Raw("K\u0001su").Raw("sb"),
            ("data/0", Six));
        file.Names.ShouldBe(["x"]);
    }

    [Fact]
    public void Newer_protocols_are_read()
    {
        using var file = Open(
            new PickleBytes().Protocol(4).Raw("\u0095\u0005\0\0\0\0\0\0\0}\u0094\u008c\u0001x\u0094")
                .Raw("\u008c\u000ctorch._utils\u0094\u008c\u0012_rebuild_tensor_v2\u0094\u0093\u0094(")
                .Storage("FloatStorage", "0", 6).Raw("K\0K\u0006\u0085K\u0001\u0085\u0089").OrderedDict().Raw("tRs"),
            ("data/0", Six));
        file.Load("x").ShouldHold(0, 1, 2, 3, 4, 5);
    }

    [Theory, InlineData("state_dict"), InlineData("model"), InlineData("module")]
    public void A_state_dict_may_lie_one_level_down(string nest)
    {
        using var file = TorchFile.Open(TorchArchive.Write(folder["x.pt"], [KeyValuePair.Create("x", Floats(1, 2))], nest));
        file.Names.ShouldBe(["x"]);
        file.Load("x").ShouldHold(1, 2);
    }

    [Fact]
    public void A_tensor_outlives_its_file_object_and_the_file()
    {
        Tensor x;
        using (var file = TorchFile.Open(TorchArchive.Write(folder["x.pt"], [KeyValuePair.Create("x", Floats(1, 2))]))) x = file.Load("x");
        File.Delete(folder["x.pt"]);
        x.ShouldHold(1, 2);
    }

    [Fact]
    public void The_name_tells_the_format()
    {
        SafetensorsWriter.Write(folder["x.safetensors"], [KeyValuePair.Create("x", Floats(1))]);
        TorchArchive.Write(folder["x.pth"], [KeyValuePair.Create("x", Floats(2))]);
        using TensorFile first = TensorFile.Open(folder["x.safetensors"]), second = TensorFile.Open(folder["x.pth"]);
        first.ShouldBeOfType<SafetensorsFile>().Load("x").ShouldHold(1);
        second.ShouldBeOfType<TorchFile>().Load("x").ShouldHold(2);
    }
}
