using LlavaMod.Tests;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Torch.Tests.Serialization;

public sealed class SafetensorsWriterTests : TorchTest
{
    private static readonly Device NoMemory = new(14, -1); // libtorch's meta device: shapes without elements, which cannot be copied out

    private readonly TemporaryFolder folder = new();

    public override void Dispose()
    {
        folder.Dispose();
        base.Dispose();
    }

    private string Target => folder["x.safetensors"];

    [Fact]
    public void A_write_that_fails_half_way_leaves_the_old_file_whole()
    {
        SafetensorsWriter.Write(Target, [new("x", Floats(1, 2))]);
        var before = File.ReadAllBytes(Target);
        Should.Throw<TorchException>(() =>
            SafetensorsWriter.Write(Target, [new("a", Create.Ones([1000])), new("b", Create.Empty([2], device: NoMemory))]));
        File.ReadAllBytes(Target).ShouldBe(before);
        Directory.GetFiles(folder.Path).ShouldBe([Target]);
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_where_nothing_was()
    {
        Should.Throw<TorchException>(() => SafetensorsWriter.Write(Target, [new("b", Create.Empty([2], device: NoMemory))]));
        Directory.GetFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void A_file_replaces_the_one_before()
    {
        SafetensorsWriter.Write(Target, [new("x", Create.Ones([100]))]);
        SafetensorsWriter.Write(Target, [new("y", Floats(2))]);
        using var file = SafetensorsFile.Open(Target);
        file.Names.ShouldBe(["y"]);
        file.Load("y").ShouldHold(2);
    }

    [Fact]
    public void A_file_that_is_open_can_be_replaced_without_disturbing_its_tensors()
    {
        SafetensorsWriter.Write(Target, [new("x", Floats(1, 2))]);
        using var file = SafetensorsFile.Open(Target);
        SafetensorsWriter.Write(Target, [new("x", file.Load("x") * 10)]);
        file.Load("x").ShouldHold(1, 2);
        using var replaced = SafetensorsFile.Open(Target);
        replaced.Load("x").ShouldHold(10, 20);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_an_error() =>
        Should.Throw<DirectoryNotFoundException>(() => SafetensorsWriter.Write(folder["no/x.safetensors"], [new("x", Floats(1))]));

    [Fact]
    public void A_folder_in_the_way_is_an_error_and_stays()
    {
        Directory.CreateDirectory(Target);
        Should.Throw<IOException>(() => SafetensorsWriter.Write(Target, [new("x", Floats(1))]));
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([Target]);
    }

    [Theory, InlineData("x"), InlineData("__metadata__")]
    public void A_name_that_is_taken_is_refused(string name)
    {
        Should.Throw<ArgumentException>(() => SafetensorsWriter.Write(Target, [new("x", Floats(1)), new(name, Floats(2))])).Message.ShouldContain($"'{name}'");
        File.Exists(Target).ShouldBeFalse();
    }

    [Fact]
    public void A_disposed_tensor_is_refused_before_anything_is_written()
    {
        var gone = Floats(1);
        gone.Dispose();
        Should.Throw<ObjectDisposedException>(() => SafetensorsWriter.Write(Target, [new("x", gone)]));
        Directory.GetFileSystemEntries(folder.Path).ShouldBeEmpty();
    }
}
