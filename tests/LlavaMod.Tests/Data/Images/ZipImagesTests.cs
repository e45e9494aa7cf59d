using System.IO.Compression;
using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

public sealed class ZipImagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Images_are_read_by_their_full_name()
    {
        using var images = new ZipImages(Make(("a/1.png", "one"), ("a/", ""), ("../2.png", "two")));
        images.Contains("a/1.png").ShouldBeTrue();
        images.Contains("a/").ShouldBeFalse();
        images.Read("a/1.png").ShouldBe("one"u8.ToArray());
        images.Read("../2.png").ShouldBe("two"u8.ToArray(), "a name is only a name: nothing is unpacked");
        Should.Throw<UserError>(() => images.Read("1.png")).Message.ShouldEndWith("images.zip has no image '1.png'");
    }

    [Fact]
    public void Many_threads_read_at_once()
    {
        using var images = new ZipImages(Make([.. Enumerable.Range(0, 50).Select(i => ($"{i}", new string((char)('a' + i % 26), 5_000)))]));
        Parallel.For(0, 500, i => images.Read($"{i % 50}").ShouldAllBe(value => value == 'a' + i % 50 % 26));
    }

    [Fact]
    public void A_file_over_the_limit_is_refused_before_it_is_unpacked()
    {
        using var images = new ZipImages(Make(("bomb.png", new string('x', 1_000_000))), maxBytes: 999_999);
        Should.Throw<UserError>(() => images.Read("bomb.png")).Message.ShouldContain("1,000,000 bytes; at most 999,999 are read");
    }

    [Fact]
    public void A_file_that_is_not_what_the_archive_says_is_refused()
    {
        var path = Make(("bomb.png", new string('x', 1_000_000)));
        Change(path, at: 24, 10); // the size unpacked
        using var images = new ZipImages(path);
        Should.Throw<UserError>(() => images.Read("bomb.png")).Message.ShouldContain("cannot be unpacked");
    }

    [Fact]
    public void A_size_that_nothing_unpacks_to_is_refused_before_it_is_allocated()
    {
        var path = Make(("bomb.png", "a few bytes"));
        Change(path, at: 24, 50_000_000); // the size unpacked
        var images = new ZipImages(path);
        RefusedWithoutMemory(images, "unpack to 50,000,000, which nothing does");
        images.Dispose();
        Change(path, at: 20, int.MaxValue); // the size packed, more than the whole file
        using var more = new ZipImages(path);
        RefusedWithoutMemory(more, "unpack to 50,000,000, which nothing does");
    }

    private static void RefusedWithoutMemory(ZipImages images, string reason)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<UserError>(() => images.Read("bomb.png")).Message.ShouldContain(reason);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void An_archive_that_miscounts_its_files_is_refused()
    {
        var path = Make(("a.png", "1"));
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().LastIndexOf("PK\u0005\u0006"u8) + 10] = 2; // entries in all
        File.WriteAllBytes(path, bytes);
        Should.Throw<UserError>(() => new ZipImages(path)).Message.ShouldContain("cannot be opened");
    }

    [Fact]
    public void Two_files_of_one_name_are_refused()
        => Should.Throw<UserError>(() => new ZipImages(Make(("a.png", "1"), ("a.png", "2")))).Message.ShouldContain("holds 'a.png' twice");

    [Fact]
    public void A_broken_archive_is_refused()
    {
        var path = Make(("a.png", "1"));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^10]);
        Should.Throw<UserError>(() => new ZipImages(path)).Message.ShouldContain("cannot be opened");
        Should.Throw<UserError>(() => new ZipImages(folder["none.zip"])).Message.ShouldContain("cannot be opened");
    }

    [SharedFact("data/emoji/dev_images.zip")]
    public void A_real_archive_decodes()
    {
        using var images = new ZipImages(RepositoryFiles.Shared("data/emoji/dev_images.zip")!);
        using var archive = ZipFile.OpenRead(RepositoryFiles.Shared("data/emoji/dev_images.zip")!);
        foreach (var entry in archive.Entries.Where(entry => entry.Name.Length > 0).Take(40))
            ImageDecoder.Decode(images.Read(entry.FullName), entry.FullName).Width.ShouldBeGreaterThan(8);
    }

    public void Dispose() => folder.Dispose();

    // A number in the last entry of the directory.
    private static void Change(string path, int at, int value)
    {
        var bytes = File.ReadAllBytes(path);
        var directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BitConverter.TryWriteBytes(bytes.AsSpan(directory + at), value).ShouldBeTrue();
        File.WriteAllBytes(path, bytes);
    }

    private string Make(params (string Name, string Text)[] files)
    {
        using var archive = ZipFile.Open(folder["images.zip"], ZipArchiveMode.Create);
        foreach (var (name, text) in files)
        {
            using var writer = new StreamWriter(archive.CreateEntry(name).Open());
            writer.Write(text);
        }
        return folder["images.zip"];
    }
}
