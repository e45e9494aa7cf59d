using System.IO.Compression;
using LlavaMod.Tests;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Torch.Tests.Serialization;

/// <summary>Files that are broken, or made to do harm: each is refused in words that name the file, and nothing runs.</summary>
public sealed class TorchFileRefusalTests : TorchTest
{
    private readonly TemporaryFolder folder = new();

    public override void Dispose()
    {
        folder.Dispose();
        base.Dispose();
    }

    private string Refusal(byte[] pickle, params (string Name, byte[] Content)[] entries) => Refusal(TorchArchive.Write(folder["x.bin"], pickle, entries));

    private string Refusal(PickleBytes pickle, params (string Name, byte[] Content)[] entries) => Refusal(pickle.Stop().ToArray(), entries);

    private static string Refusal(string path)
    {
        string message = Should.Throw<InvalidDataException>(() => TorchFile.Open(path)).Message;
        message.ShouldStartWith(path);
        return message;
    }

    private static PickleBytes Dict() => new PickleBytes().Protocol().Raw("}");

    private static PickleBytes One(long elements, long offset, long[] shape, long[] strides) =>
        Dict().Text("x").Tensor("FloatStorage", "0", elements, offset, shape, strides).Raw("s");

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "load")]
    [InlineData("torch._utils", "_rebuild_sparse_tensor")]
    [InlineData("torch", "ComplexFloatStorage")]
    [InlineData("torch.storage", "UntypedStorage")]
    [InlineData("collections", "OrderedDict.__init__")]
    [InlineData("__torch__", "Model")]
    public void A_global_that_builds_no_tensor_is_refused_by_name(string module, string name)
    {
        Refusal(new PickleBytes().Protocol().Global(module, name).Raw("(").Text($"touch {folder["harm"]}").Raw("tR")).ShouldContain($"it asks for '{module}.{name}'");
        Refusal(new PickleBytes().Protocol(4).Text(module).Text(name).Raw("\u0093)R")).ShouldContain($"it asks for '{module}.{name}'");
        File.Exists(folder["harm"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("ios\nsystem\n", "INST")]
    [InlineData("o", "OBJ")]
    [InlineData("\u0081", "NEWOBJ")]
    [InlineData("\u0092", "NEWOBJEX")]
    [InlineData("\u0082\u0001", "EXT1")]
    [InlineData("P1\n", "PERSID")]
    [InlineData("\u0097", "NEXTBUFFER")]
    [InlineData("2", "DUP")]
    [InlineData("0", "POP")]
    [InlineData("\u00ff", "0xff")]
    public void An_opcode_that_builds_no_tensor_is_refused_by_name(string codes, string name) =>
        Refusal(Dict().Raw(codes)).ShouldContain($"the pickle opcode {name} has no place in a file of tensors");

    [Theory]
    [InlineData("}}b")]
    [InlineData("ccollections\nOrderedDict\n)R]b")]
    [InlineData("ctorch\nFloatStorage\n}b")]
    public void State_is_set_on_an_OrderedDict_only(string codes) => Refusal(Dict().Raw(codes)).ShouldContain("the pickle opcode BUILD sets the state");

    [Theory]
    [InlineData("ctorch\nFloatStorage\n)R")]
    [InlineData("ccollections\nOrderedDict\nN\u0085R")]
    [InlineData("ctorch._utils\n_rebuild_parameter\n)R")]
    [InlineData("ctorch\nSize\nN\u0085R")]
    public void A_global_with_other_arguments_is_refused(string codes) => Refusal(Dict().Raw(codes)).ShouldContain("arguments that it does not take");

    [Theory]
    [InlineData("")]
    [InlineData("R")]
    [InlineData("t")]
    [InlineData("s")]
    [InlineData("u")]
    [InlineData("a")]
    [InlineData("e")]
    [InlineData("b")]
    [InlineData("Q")]
    [InlineData("\u0085")]
    [InlineData("(\u0085")]
    [InlineData("}(s")]
    [InlineData("(")]
    [InlineData("K\u0001K\u0002R")]
    [InlineData("h\0")]
    [InlineData("q\u0001")]
    [InlineData("Nr\u00ff\u00ff\u00ff\u00ff")]
    [InlineData("Nq\0j\u0001\0\0\0")]
    [InlineData("}NNs")]
    [InlineData("}}Ns")]
    [InlineData("NNNs")]
    [InlineData("NNa")]
    [InlineData("}(Nu")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ff")]
    [InlineData("X\u0001\0\0\0\u00ff")]
    [InlineData("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff")]
    [InlineData("\u008a\u0009\0\0\0\0\0\0\0\0\0")]
    [InlineData("\u0095\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff")]
    [InlineData("\u0080\u0006N")]
    [InlineData("cos")]
    [InlineData("NN")]
    [InlineData("N")]
    [InlineData("}K\u0001Ns")]
    public void A_pickle_that_makes_no_sense_is_refused(string codes) => Refusal(new PickleBytes().Protocol().Raw(codes));

    [Fact]
    public void A_pickle_cut_short_anywhere_is_refused()
    {
        var whole = One(2, 0, [2], [1]).Stop().ToArray();
        for (int length = 0; length < whole.Length; length++) Refusal(whole[..length], ("data/0", new byte[8]));
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        TorchArchive.Write(folder["whole.bin"], [KeyValuePair.Create("x", Floats(1, 2))]);
        var whole = File.ReadAllBytes(folder["whole.bin"]);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["cut.bin"], whole[..length]);
            Refusal(folder["cut.bin"]);
        }
    }

    [Fact]
    public void Random_damage_never_does_more_than_being_refused()
    {
        TorchArchive.Write(folder["whole.bin"], [KeyValuePair.Create("x", Floats(1, 2)), KeyValuePair.Create("y", Ids(3))]);
        var whole = File.ReadAllBytes(folder["whole.bin"]);
        var random = new Random(0);
        for (int round = 0; round < 2000; round++)
        {
            var damaged = whole.ToArray();
            for (int i = random.Next(1, 4); i > 0; i--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder["damaged.bin"], damaged);
            using var scope = new TensorScope();
            try
            {
                using var file = TorchFile.Open(folder["damaged.bin"]);
                foreach (string name in file.Names) file.Read(name, DType.Float32, Device.Cpu);
            }
            catch (InvalidDataException exception)
            {
                exception.Message.ShouldStartWith(folder["damaged.bin"]);
            }
        }
    }

    [Fact]
    public void A_pickle_without_an_end_is_refused()
    {
        Refusal(new PickleBytes().Protocol().Raw(new string('}', 2_100_000))).ShouldContain("more than 2000000 operations");
        Refusal(new PickleBytes().Protocol().Raw("Nq\0" + string.Concat(Enumerable.Repeat("h\0\u0094", 1_100_000)))).ShouldContain("more than 2000000 operations");
    }

    [Fact]
    public void A_list_that_holds_itself_is_refused_as_any_other() => Refusal(Dict().Text("x").Raw("]q\0h\0as")).ShouldContain("'x' in its state dict is not a tensor");

    [Theory]
    [InlineData(2, 0, new long[] { 3 }, new long[] { 1 })]
    [InlineData(2, 1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(2, 0, new long[] { 2 }, new long[] { 2 })]
    [InlineData(2, 0, new long[] { 1000000000000 }, new long[] { 0 })]
    [InlineData(2, -1, new long[] { 1 }, new long[] { 1 })]
    [InlineData(2, long.MaxValue, new long[] { 2 }, new long[] { 1 })]
    [InlineData(2, 0, new long[] { 2 }, new long[] { long.MaxValue })]
    [InlineData(2, 0, new long[] { long.MaxValue, long.MaxValue }, new long[] { 1, 1 })]
    [InlineData(2, 0, new long[] { -2 }, new long[] { 1 })]
    [InlineData(2, 0, new long[] { 2 }, new long[] { -1 })]
    [InlineData(2, 0, new long[] { 2 }, new long[] { })]
    [InlineData(3, 0, new long[] { 2 }, new long[] { 1 })]
    [InlineData(-1, 0, new long[] { 2 }, new long[] { 1 })]
    [InlineData(long.MaxValue, 0, new long[] { 2 }, new long[] { 1 })]
    public void A_tensor_outside_its_storage_is_refused(long elements, long offset, long[] shape, long[] strides) =>
        Refusal(One(elements, offset, shape, strides), ("data/0", new byte[8]));

    [Theory, InlineData("1"), InlineData("../data/0"), InlineData("/etc/passwd"), InlineData("../../version"), InlineData("")]
    public void A_storage_that_is_not_in_the_file_is_refused(string key) =>
        Refusal(Dict().Text("x").Tensor("FloatStorage", key, 1, 0, [1], [1]).Raw("s"), ("data/0", new byte[8])).ShouldContain($"the storage '{key}' is not in the file");

    [Fact]
    public void A_state_dict_holds_nothing_but_tensors()
    {
        Refusal(One(2, 0, [2], [1]).Text("step").Int(5).Raw("s"), ("data/0", new byte[8])).ShouldContain("'step' in its state dict is not a tensor");
        Refusal(new PickleBytes().Protocol().Raw("]")).ShouldContain("no dictionary of tensors");
    }

    [Fact]
    public void Another_byte_order_is_refused() =>
        Refusal(One(2, 0, [2], [1]), ("data/0", new byte[8]), ("byteorder", [.. "big"u8])).ShouldContain("big-endian");

    [Fact]
    public void A_compressed_entry_is_refused() =>
        Refusal(TorchArchive.Write(folder["x.bin"], new byte[5000], level: CompressionLevel.Optimal)).ShouldContain("compressed");

    [Fact]
    public void The_form_before_PyTorch_1_6_is_refused_with_the_way_out()
    {
        File.WriteAllBytes(folder["x.bin"], [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        Refusal(folder["x.bin"]).ShouldContain("before 1.6, which is not read; load it in PyTorch and save it again, or as .safetensors");
    }

    [Theory, InlineData(""), InlineData("PK"), InlineData("PK\u0003\u0004 and no more of a .zip file than that")]
    public void What_is_no_zip_file_is_refused(string text)
    {
        File.WriteAllText(folder["x.bin"], text);
        Refusal(folder["x.bin"]);
    }

    [Fact]
    public void A_file_that_git_has_not_downloaded_is_told_apart()
    {
        File.WriteAllText(folder["x.bin"], "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n");
        Refusal(folder["x.bin"]).ShouldContain("a pointer of Git LFS");
        Should.Throw<InvalidDataException>(() => SafetensorsFile.Open(folder["x.bin"])).Message.ShouldContain("git lfs pull");
    }

    [Fact]
    public void Another_zip_file_is_refused()
    {
        using (var zip = ZipFile.Open(folder["x.bin"], ZipArchiveMode.Create)) zip.CreateEntry("a.txt");
        Refusal(folder["x.bin"]).ShouldContain("it holds no data.pkl");
    }
}
