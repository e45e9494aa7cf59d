using System.Formats.Tar;
using System.Text;
using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

public sealed class TarImagesTests : IDisposable
{
    private static readonly string Long = new string('d', 90) + "/" + new string('f', 95) + ".png";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Images_are_read_by_their_names_in_every_kind_of_tar(TarEntryFormat format)
    {
        (string, string)[] files = [("a/", ""), ("a/1.png", "one"), ("./b.png", new string('b', 5000)), ("../2.png", "two"), ("empty.png", "")];
        using var images = new TarImages(Make(format, format == TarEntryFormat.V7 ? files : [.. files, (Long, "long")]));
        images.Contains("a/1.png").ShouldBeTrue();
        images.Contains("a/").ShouldBeFalse();
        images.Read("a/1.png").ShouldBe("one"u8.ToArray());
        images.Read("b.png").Length.ShouldBe(5000);
        images.Read("../2.png").ShouldBe("two"u8.ToArray(), "a name is only a name: nothing is unpacked");
        images.Read("empty.png").ShouldBeEmpty();
        if (format != TarEntryFormat.V7)
            images.Read(Long).ShouldBe("long"u8.ToArray());
        Should.Throw<UserError>(() => images.Read("1.png")).Message.ShouldEndWith("images.tar has no image '1.png'");
    }

    [Fact]
    public void A_compressed_archive_is_refused_by_name()
    {
        foreach (var name in (string[])["images.tar.gz", "images.tgz", "images.tar"])
        {
            var bytes = new byte[600];
            (bytes[0], bytes[1]) = (0x1F, 0x8B);
            File.WriteAllBytes(folder[name], bytes);
            Should.Throw<UserError>(() => ImageSource.Open(folder[name])).Message.ShouldContain("is compressed; decompress it");
        }
    }

    [Fact]
    public void Many_threads_read_at_once()
    {
        using var images = new TarImages(Make(TarEntryFormat.Pax, [.. Enumerable.Range(0, 50).Select(i => ($"{i}", new string((char)('a' + i % 26), 5_000)))]));
        Parallel.For(0, 500, i => images.Read($"{i % 50}").ShouldAllBe(value => value == 'a' + i % 50 % 26));
    }

    [Fact]
    public void A_file_over_the_limit_is_refused_before_it_is_read()
    {
        using var images = new TarImages(Make(TarEntryFormat.Ustar, ("large.png", new string('x', 1_000_000))), maxBytes: 999_999);
        Should.Throw<UserError>(() => images.Read("large.png")).Message.ShouldContain("1,000,000 bytes; at most 999,999 are read");
    }

    [Fact]
    public void Two_files_of_one_name_are_refused() =>
        Should.Throw<UserError>(() => new TarImages(Make(TarEntryFormat.Ustar, ("a.png", "1"), ("./a.png", "2")))).Message.ShouldContain("holds 'a.png' twice");

    [Theory]
    [InlineData(1536, "ends at byte 1536 without the end mark of a .tar; get the whole archive")]
    [InlineData(1000, "a file of 700 bytes begins at byte 0, and the archive has 1,000; get the whole archive")]
    [InlineData(300, "ends at byte 300 without the end mark")]
    [InlineData(0, "ends at byte 0 without the end mark")]
    public void An_archive_that_is_cut_short_is_refused(int bytes, string reason)
    {
        var path = Make(TarEntryFormat.Ustar, ("a.png", new string('x', 700)));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..bytes]);
        Should.Throw<UserError>(() => new TarImages(path)).Message.ShouldContain(reason);
    }

    [Fact]
    public void Claims_of_a_header_are_checked_against_the_file()
    {
        var path = Make(TarEntryFormat.Pax, (Long, "x"));
        var bytes = File.ReadAllBytes(path);
        for (var at = 0; at < bytes.Length; at += 7)
        {
            var mutant = (byte[])bytes.Clone();
            mutant[at] ^= 0x80;
            File.WriteAllBytes(path, mutant);
            try
            {
                new TarImages(path).Dispose();
            }
            catch (UserError)
            {
            }
        }
        File.WriteAllText(path, new string('x', 2000));
        Should.Throw<UserError>(() => new TarImages(path)).Message.ShouldContain("there is no header of a .tar at byte 0");
        Should.Throw<UserError>(() => new TarImages(folder["none.tar"])).Message.ShouldContain("cannot be opened");
    }

    [Fact]
    public void An_image_source_is_told_by_what_is_there()
    {
        using var images = ImageSource.Open(Make(TarEntryFormat.Gnu, ("a.png", "1")));
        images.ShouldBeOfType<TarImages>();
    }

    private string Make(TarEntryFormat format, params (string Name, string Content)[] files) =>
        Tars.Write(folder["images.tar"], format, files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Content))));
}
