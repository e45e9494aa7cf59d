using LlavaMod.Tests;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Torch.Tests.Serialization;

/// <summary>Reading into memory of a tensor's own, of both formats.</summary>
public sealed class TensorFileReadTests : TorchTest
{
    private const int Pieces = 5_000_000; // elements: more than one piece of every type

    private readonly TemporaryFolder folder = new();

    public override void Dispose()
    {
        folder.Dispose();
        base.Dispose();
    }

    private TensorFile Open(string format, Tensor tensor)
    {
        if (format == "bin") TorchArchive.Write(folder["x.bin"], [KeyValuePair.Create("x", tensor)]);
        else SafetensorsWriter.Write(folder["x.safetensors"], [KeyValuePair.Create("x", tensor)]);
        return TensorFile.Open(folder[$"x.{format}"]);
    }

    public static TheoryData<string, DType, DType> Conversions()
    {
        var rows = new TheoryData<string, DType, DType>();
        foreach (string format in (string[])["safetensors", "bin"])
        {
            foreach (var stored in (DType[])[DType.Float32, DType.Float16, DType.BFloat16, DType.Int64, DType.UInt8])
            {
                foreach (var wanted in (DType[])[DType.Float32, DType.BFloat16]) rows.Add(format, stored, wanted);
            }
        }
        return rows;
    }

    [Theory, MemberData(nameof(Conversions))]
    public void A_tensor_is_read_as_another_type_as_if_it_were_converted_whole(string format, DType stored, DType wanted)
    {
        var x = (Create.Range(0, 1001).To(DType.Float32) * 0.37).To(stored).Reshape(7, 143);
        using var file = Open(format, x);
        file.Read("x", wanted, Device.Cpu).ShouldEqualBitwise(x.To(wanted));
        file.Read("x", wanted, Device.Meta).ToString().ShouldBe($"{wanted}[7, 143] on meta");
    }

    [Fact]
    public void Tensors_of_several_pieces_come_together()
    {
        var x = Create.Range(0, Pieces).To(DType.Float32).Reshape(Pieces / 100, 100);
        using var file = Open("safetensors", x);
        file.Read("x", DType.Float32, Device.Cpu).ShouldEqualBitwise(x);
        file.Read("x", DType.BFloat16, Device.Cpu).ShouldEqualBitwise(x.To(DType.BFloat16));
    }

    [Fact]
    public void What_is_read_is_not_the_file()
    {
        using var file = Open("safetensors", Floats(1, 2));
        file.Read("x", DType.Float32, Device.Cpu).Fill_(9);
        file.Read("x", DType.Float32, Device.Cpu).ShouldHold(1, 2);
        file.Load("x").ShouldHold(1, 2);
    }

    [Theory, InlineData("safetensors"), InlineData("bin")]
    public void A_file_that_has_become_shorter_is_an_error(string format)
    {
        using var file = Open(format, Floats(1, 2, 3, 4));
        using (var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(file.Tensors["x"].Start + 6);
        Should.Throw<InvalidDataException>(() => file.Read("x", DType.Float32, Device.Cpu)).Message.ShouldStartWith($"{file.Path}: ends at byte ");
    }

    [Fact]
    public void A_name_that_is_not_there_is_an_error()
    {
        using var file = Open("bin", Floats(1));
        Should.Throw<KeyNotFoundException>(() => file.Read("y", DType.Float32, Device.Cpu)).Message.ShouldBe($"{file.Path} has no tensor 'y'");
    }
}
