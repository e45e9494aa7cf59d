using System.Buffers.Binary;
using System.Text;
using LlavaMod.Tests;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Torch.Tests.Serialization;

public sealed class SafetensorsMalformedTests : TorchTest
{
    private readonly TemporaryFolder folder = new();

    public override void Dispose()
    {
        folder.Dispose();
        base.Dispose();
    }

    private string Raw(ulong headerLength, byte[] rest)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, headerLength);
        File.WriteAllBytes(folder["x.safetensors"], [.. prefix, .. rest]);
        return folder["x.safetensors"];
    }

    private string WithHeader(string json, int dataBytes) =>
        Raw((ulong)Encoding.UTF8.GetByteCount(json), [.. Encoding.UTF8.GetBytes(json), .. new byte[dataBytes]]);

    /// <summary>Both ways of opening refuse it, naming the file.</summary>
    private static string Refusal(string path)
    {
        string message = Should.Throw<InvalidDataException>(() => SafetensorsFile.Open(path)).Message;
        Should.Throw<InvalidDataException>(() => SafetensorsFile.ReadHeader(path)).Message.ShouldBe(message);
        message.ShouldStartWith(path);
        return message;
    }

    private static string Entry(string dtype, string shape, string offsets) => $$"""{"dtype":"{{dtype}}","shape":{{shape}},"data_offsets":{{offsets}}}""";

    private string One(string dtype, string shape, string offsets, int dataBytes) => WithHeader($$"""{"x":{{Entry(dtype, shape, offsets)}}}""", dataBytes);

    [Fact]
    public void A_well_formed_file_opens()
    {
        using var file = SafetensorsFile.Open(One("F32", "[2]", "[0,8]", 8));
        file.Load("x").ShouldHold(0, 0);
    }

    [Fact]
    public void A_file_may_end_its_header_with_spaces_and_leave_elements_unaligned()
    {
        using var file = SafetensorsFile.Open(WithHeader($$"""{"a":{{Entry("U8", "[1]", "[0,1]")}},"b":{{Entry("F64", "[2]", "[1,17]")}}}   """, 17));
        file.Load("b").ShouldHold(0, 0);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(7)]
    public void A_file_too_short_for_a_header_is_refused(int length)
    {
        File.WriteAllBytes(folder["x.safetensors"], new byte[length]);
        Refusal(folder["x.safetensors"]).ShouldContain($"{length} bytes are too few");
    }

    [Theory, InlineData(5ul), InlineData(100_000_001ul), InlineData((ulong)long.MaxValue), InlineData(ulong.MaxValue)]
    public void A_header_longer_than_its_file_is_refused_before_anything_is_allocated(ulong length) =>
        Refusal(Raw(length, [.. "{}"u8])).ShouldContain($"the header says {length} bytes");

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        SafetensorsWriter.Write(folder["whole"], [new("a", Create.Ones([3])), new("b", Create.Ones([2], DType.Bool))]);
        var whole = File.ReadAllBytes(folder["whole"]);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["cut"], whole[..length]);
            Refusal(folder["cut"]);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{} x")]
    [InlineData("""{"x":3}""")]
    [InlineData("""{"x":{}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0]}}""")]
    [InlineData("""{"x":{"dtype":5,"shape":[0],"data_offsets":[0,0]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":3,"data_offsets":[0,0]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0.5],"data_offsets":[0,0]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":["0"],"data_offsets":[0,0]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1e30],"data_offsets":[0,0]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0],"data_offsets":0}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0],"data_offsets":[]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0],"data_offsets":[0]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0],"data_offsets":[null,0]}}""")]
    [InlineData("""{"__metadata__":3}""")]
    [InlineData("""{"__metadata__":{"format":3}}""")]
    public void A_header_of_another_form_is_refused(string json) => Refusal(WithHeader(json, 0));

    [Fact]
    public void A_header_that_is_not_utf8_is_refused() => Refusal(Raw(9, [.. "{\""u8, 0xff, 0xfe, .. "\":{}}"u8]));

    [Fact]
    public void A_header_nested_without_end_is_refused() =>
        Refusal(WithHeader($$"""{"x":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}""", 0));

    [Fact]
    public void An_unknown_type_is_refused() => Refusal(One("F8_E4M3", "[1]", "[0,1]", 1)).ShouldContain("tensor 'x' has the unknown type 'F8_E4M3'");

    [Theory]
    [InlineData("[-1]", "[0,4]", 4)]
    [InlineData("[-2,-2]", "[0,16]", 16)]
    [InlineData("[3]", "[0,8]", 8)]
    [InlineData("[2]", "[0,12]", 12)]
    [InlineData("[4611686018427387904]", "[0,0]", 0)]
    [InlineData("[4294967296,4294967296]", "[0,0]", 0)]
    [InlineData("[2,9223372036854775807]", "[0,8]", 8)]
    public void A_shape_that_does_not_fit_its_bytes_is_refused(string shape, string offsets, int dataBytes) =>
        Refusal(One("F32", shape, offsets, dataBytes)).ShouldContain("tensor 'x' of F32[");

    [Theory]
    [InlineData("[-4,0]")]
    [InlineData("[8,4]")]
    [InlineData("[0,12]")]
    [InlineData("[0,9223372036854775807]")]
    [InlineData("[9223372036854775806,9223372036854775807]")]
    public void Offsets_outside_the_data_are_refused(string offsets) => Refusal(One("F32", "[1]", offsets, 8)).ShouldContain("tensor 'x'");

    [Theory]
    [InlineData("[0,8]", "[4,12]", 12, "'b' overlaps another")]
    [InlineData("[0,8]", "[0,8]", 8, "overlaps another")]
    [InlineData("[0,8]", "[12,20]", 20, "bytes 8 to 12 belong to no tensor")]
    [InlineData("[4,12]", "[12,20]", 20, "bytes 0 to 4 belong to no tensor")]
    [InlineData("[0,8]", "[8,16]", 20, "bytes 16 to 20 belong to no tensor")]
    public void Every_byte_belongs_to_exactly_one_tensor(string first, string second, int dataBytes, string expected) =>
        Refusal(WithHeader($$"""{"a":{{Entry("F32", "[2]", first)}},"b":{{Entry("F32", "[2]", second)}}}""", dataBytes)).ShouldContain(expected);

    [Fact]
    public void A_name_listed_twice_is_refused() =>
        Refusal(WithHeader($$"""{"a":{{Entry("F32", "[1]", "[0,4]")}},"a":{{Entry("F32", "[1]", "[4,8]")}}}""", 8)).ShouldContain("'a' is listed twice");

    [Fact]
    public void Random_damage_never_does_more_than_being_refused()
    {
        SafetensorsWriter.Write(folder["whole"], [new("a", Create.Ones([3])), new("b", Create.Ones([2], DType.Bool))]);
        var whole = File.ReadAllBytes(folder["whole"]);
        int headerEnd = whole.Length - 14;
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 200; i++)
        {
            var damaged = whole.ToArray();
            damaged[random.Next(headerEnd)] = (byte)random.Next(256);
            File.WriteAllBytes(folder["damaged"], damaged);
            if (Record.Exception(() => LoadAll(folder["damaged"])) is not { } thrown) continue;
            thrown.ShouldBeOfType<InvalidDataException>();
            refused++;
        }
        refused.ShouldBeGreaterThan(100);
    }

    private static void LoadAll(string path)
    {
        using var scope = new TensorScope();
        using var file = SafetensorsFile.Open(path);
        foreach (string name in file.Names) file.Load(name).Sum();
    }
}
