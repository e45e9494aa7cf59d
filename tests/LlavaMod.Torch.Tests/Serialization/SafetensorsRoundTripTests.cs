using LlavaMod.Tests;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Torch.Tests.Serialization;

public sealed class SafetensorsRoundTripTests : TorchTest
{
    private readonly TemporaryFolder folder = new();

    public override void Dispose()
    {
        folder.Dispose();
        base.Dispose();
    }

    private string PathOf(params (string Name, Tensor Tensor)[] tensors)
    {
        SafetensorsWriter.Write(folder["x.safetensors"], [.. tensors.Select(pair => KeyValuePair.Create(pair.Name, pair.Tensor))]);
        return folder["x.safetensors"];
    }

    [Fact]
    public void Every_element_type_comes_back_bit_by_bit()
    {
        var tensors = Enum.GetValues<DType>().Select(dtype => ($"{dtype}", Floats(0, 1, 2.25f, -3.5f).To(dtype))).ToArray();
        using var file = SafetensorsFile.Open(PathOf(tensors));
        file.Names.Order().ShouldBe(tensors.Select(pair => pair.Item1).Order());
        foreach (var (name, tensor) in tensors) file.Load(name).ShouldEqualBitwise(tensor);
    }

    [Fact]
    public void Numbers_that_are_no_numbers_come_back()
    {
        float[] odd = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, float.Epsilon, float.MaxValue];
        using var file = SafetensorsFile.Open(PathOf(("x", Floats(odd))));
        Array.ConvertAll(file.Load("x").ToArray<float>(), BitConverter.SingleToInt32Bits).ShouldBe(Array.ConvertAll(odd, BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Scalars_and_empty_tensors_come_back()
    {
        using var file = SafetensorsFile.Open(PathOf(("scalar", Create.Scalar(5)), ("empty", Create.Zeros([0, 3], DType.Int64)), ("last", Create.Ones([1]))));
        file.Load("scalar").ShouldHold([], [5]);
        file.Load("empty").ToString().ShouldBe("Int64[0, 3] on cpu");
        file.Load("last").ShouldHold(1);
    }

    [Fact]
    public void A_file_of_no_tensors_is_a_file()
    {
        using var file = SafetensorsFile.Open(PathOf());
        file.Names.ShouldBeEmpty();
        file.Header.Metadata.ShouldBe(new Dictionary<string, string> { ["format"] = "pt" });
    }

    [Fact]
    public void Views_are_written_as_they_look()
    {
        var x = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);
        using var file = SafetensorsFile.Open(PathOf(("turned", x.Transpose(0, 1)), ("part", x.Narrow(1, 1, 1)), ("recorded", x.Clone().RequireGrad())));
        file.Load("turned").ShouldHold([3, 2], [1, 4, 2, 5, 3, 6]);
        file.Load("part").ShouldHold([2, 1], [2, 5]);
        file.Load("recorded").RequiresGrad().ShouldBeFalse();
    }

    [Fact]
    public void Names_and_metadata_may_hold_any_text()
    {
        string odd = "a \"quoted\"\\ name\n\u00e9\u4e2d\ud83d\ude00";
        var metadata = new Dictionary<string, string> { ["kind"] = odd, [odd] = "" };
        SafetensorsWriter.Write(folder["x.safetensors"], [new(odd, Create.Ones([1]))], metadata);
        using var file = SafetensorsFile.Open(folder["x.safetensors"]);
        file.Load(odd).ShouldHold(1);
        file.Header.Metadata.ShouldBe(metadata, ignoreOrder: true);
    }

    [Fact]
    public void Equal_tensors_give_equal_files_in_any_order()
    {
        var (a, b, c) = (Create.Ones([3]), Create.Ones([2], DType.Bool), Create.Ones([1], DType.Int64));
        var first = File.ReadAllBytes(PathOf(("a", a), ("b", b), ("c", c)));
        File.ReadAllBytes(PathOf(("c", c), ("a", a), ("b", b))).ShouldBe(first);
    }

    [Fact]
    public void Every_tensor_is_aligned_to_its_elements()
    {
        var header = SafetensorsFile.ReadHeader(PathOf(("a", Create.Ones([3], DType.Bool)), ("b", Create.Ones([1], DType.Float64)), ("c", Create.Ones([1], DType.BFloat16))));
        foreach (var entry in header.Entries.Values) (entry.Start % entry.DType.Size()).ShouldBe(0);
        long data = header.Entries.Values.Sum(entry => entry.Bytes);
        ((new FileInfo(folder["x.safetensors"]).Length - data) % 8).ShouldBe(0);
    }

    [Fact]
    public void Writing_to_a_loaded_tensor_leaves_the_file_alone()
    {
        string path = PathOf(("x", Floats(1, 2)));
        var before = File.ReadAllBytes(path);
        using (var file = SafetensorsFile.Open(path))
        {
            file.Load("x").Fill_(9);
            file.Load("x").ShouldHold(9, 9); // the same mapping
        }
        File.ReadAllBytes(path).ShouldBe(before);
    }

    [Fact]
    public void A_tensor_outlives_its_file_object_and_the_file()
    {
        string path = PathOf(("x", Floats(1, 2)), ("y", Floats(3)));
        Tensor x, y;
        using (var file = SafetensorsFile.Open(path)) (x, y) = (file.Load("x"), file.Load("y"));
        File.Delete(path);
        x.Dispose();
        y.ShouldHold(3);
        (y + 1).ShouldHold(4);
    }

    [Fact]
    public void The_mapping_goes_with_the_last_tensor()
    {
        string path = PathOf(("x", Floats(1, 2)));
        using (new TensorScope())
        {
            using (var file = SafetensorsFile.Open(path)) file.Load("x");
            Mapped(path).ShouldBeTrue();
        }
        Mapped(path).ShouldBeFalse();
    }

    private static bool Mapped(string path) => File.ReadLines("/proc/self/maps").Any(line => line.EndsWith(path, StringComparison.Ordinal));

    [Fact]
    public void A_closed_file_loads_nothing()
    {
        var file = SafetensorsFile.Open(PathOf(("x", Floats(1, 2))));
        file.Dispose();
        Should.Throw<ObjectDisposedException>(() => file.Load("x"));
    }

    [Fact]
    public void A_name_that_is_not_there_is_an_error()
    {
        using var file = SafetensorsFile.Open(PathOf(("x", Floats(1))));
        file.Contains("x").ShouldBeTrue();
        file.Contains("y").ShouldBeFalse();
        Should.Throw<KeyNotFoundException>(() => file.Load("y")).Message.ShouldBe($"{file.Path} has no tensor 'y'");
    }

    [Fact]
    public void A_missing_file_is_an_error() => Should.Throw<FileNotFoundException>(() => SafetensorsFile.Open(folder["none.safetensors"]));
}
