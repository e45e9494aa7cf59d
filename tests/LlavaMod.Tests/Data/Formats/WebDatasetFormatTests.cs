using System.Formats.Tar;
using System.Text;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Formats;

public class WebDatasetFormatTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Files_of_one_base_name_are_a_sample(TarEntryFormat format)
    {
        Shard("train-0.tar", format, ("0/000.jpg", "first"), ("0/000.txt", " A lake.\n"), ("0/001.png", "second"), ("0/001.cls", "5"), ("0/001.txt", "A cat."));
        using var data = Open("train-0.tar");
        data.Count.ShouldBe(2);
        data[0].Id.ShouldBe("0/000");
        data[0].Turns.ShouldBe([new Turn(Role.Human, "<image>\nDescribe the image."), new Turn(Role.Assistant, "A lake.")]);
        data.Images.Contains(data[1].Images[0]).ShouldBeTrue();
        data.Images.Read(data[1].Images[0]).ShouldBe("second"u8.ToArray());
        data.Images.Read(data[0].Images[0]).ShouldBe("first"u8.ToArray());
    }

    [Fact]
    public void Shards_of_a_folder_come_in_the_order_of_their_names()
    {
        foreach (var shard in (int[])[2, 0, 10, 1])
            Shard($"train-{shard:D3}.tar", TarEntryFormat.Ustar, [.. Enumerable.Range(0, 3).SelectMany(i => ((string, string)[])[($"{shard}-{i}.jpg", $"{shard}"), ($"{shard}-{i}.txt", "words")])]);
        Shard("other.tar", TarEntryFormat.Ustar, ("x.jpg", "x"), ("x.txt", "y"));
        using var all = Open("");
        using var some = Open("train-*.tar");
        all.Usable().Select(row => row.Sample.Id).ShouldBe(["x", "0-0", "0-1", "0-2", "1-0", "1-1", "1-2", "2-0", "2-1", "2-2", "10-0", "10-1", "10-2"]);
        some.Usable().Select(row => row.Sample.Id).ShouldBe(all.Usable().Skip(1).Select(row => row.Sample.Id));
        Parallel.For(0, 200, i => some.Images.Read(some[i % 12].Images[0]).ShouldBe(Encoding.UTF8.GetBytes($"{new[] { 0, 1, 2, 10 }[i % 12 / 3]}")));
        using var limited = Open("train-*.tar", limit: 4);
        limited.Count.ShouldBe(4);
        limited.ContentHash.ShouldBe(some.ContentHash);
    }

    [Theory]
    [InlineData("""{"conversations": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A lake."}]}""")]
    [InlineData("""{"messages": [{"role": "user", "content": "<image>\nWhat?"}, {"role": "assistant", "content": "A lake."}]}""")]
    public void A_json_with_a_conversation_goes_before_a_caption(string json)
    {
        Shard("a.tar", TarEntryFormat.Ustar, ("0.jpg", "x"), ("0.json", json), ("0.txt", "caption"), ("1.jpg", "x"), ("1.json", """{"url": "http://x", "caption": "y"}"""), ("1.txt", "caption"));
        using var data = Open("a.tar");
        data[0].Turns.ShouldBe([new Turn(Role.Human, "<image>\nWhat?"), new Turn(Role.Assistant, "A lake.")]);
        data[1].Turns[1].Text.ShouldBe("caption");
    }

    [Fact]
    public void A_broken_sample_is_named_by_shard_number_key_and_reason()
    {
        Shard("a.tar", TarEntryFormat.Ustar, ("good.jpg", "x"), ("good.txt", "words"));
        Shard("b.tar", TarEntryFormat.Ustar,
            ("good.jpg", "x"), ("good.txt", "words"), ("alone.jpg", "x"), ("wordless.txt", "x"), ("empty.jpg", "x"), ("empty.txt", " \n"),
            ("json.jpg", "x"), ("json.json", "{"), ("two.jpg", "x"), ("two.json", """{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}"""));
        using var data = Open("", share: 1);
        data.Usable().Select(row => row.Index).ShouldBe([0, 1]);
        data.Broken.First.Select(error => error.ToString().Split(": Expected")[0]).ShouldBe(
        [
            "b.tar: row 2 (id alone): neither a .txt with a caption nor a .json with a conversation",
            "b.tar: row 3 (id wordless): a caption without a picture",
            "b.tar: row 4 (id empty): its caption is empty",
            "b.tar: row 5 (id json): its .json is not JSON",
            "b.tar: row 6 (id two): 0 <image> placeholders for 1 image",
        ]);
    }

    [Fact]
    public void The_hash_is_of_names_lengths_and_texts_not_of_the_packing()
    {
        (string, string)[] files = [("0.jpg", "x"), ("0.txt", "words")];
        string Hash(TarEntryFormat format, params (string, string)[] content)
        {
            Shard("a.tar", format, content);
            using var data = Open("a.tar");
            return data.ContentHash;
        }
        Hash(TarEntryFormat.Ustar, files).ShouldBe(Hash(TarEntryFormat.Gnu, files));
        Hash(TarEntryFormat.Ustar, files).ShouldNotBe(Hash(TarEntryFormat.Ustar, ("0.jpg", "x"), ("0.txt", "wordS")));
        Hash(TarEntryFormat.Ustar, files).ShouldNotBe(Hash(TarEntryFormat.Ustar, ("0.jpg", "xx"), ("0.txt", "words")));
    }

    [Theory]
    [InlineData("a.tar@0/1.jpg")]
    [InlineData("a.tar@512/0.jpg")]
    [InlineData("a.tar@-512/0.jpg")]
    [InlineData("a.tar@99999999/0.jpg")]
    [InlineData("b.tar@0/0.jpg")]
    [InlineData("../a.tar@0/0.jpg")]
    [InlineData("0.jpg")]
    public void A_name_that_was_not_given_out_finds_nothing(string name)
    {
        Shard("a.tar", TarEntryFormat.Ustar, ("0.jpg", "x"), ("0.txt", "words"));
        using var data = Open("a.tar");
        data.Images.Contains("a.tar@0/0.jpg").ShouldBeTrue();
        try
        {
            data.Images.Contains(name).ShouldBeFalse();
        }
        catch (UserError e)
        {
            e.Message.ShouldStartWith("a.tar: there is no header of a .tar at byte 512");
        }
    }

    [Fact]
    public void Shards_that_are_not_there_or_hold_nothing_are_the_users_error()
    {
        Should.Throw<UserError>(() => Open("none-*.tar")).Message.ShouldEndWith("none-*.tar: no .tar file there");
        Shard("empty.tar", TarEntryFormat.Ustar, ("README", "x"), (".hidden", "x"));
        Should.Throw<UserError>(() => Open("empty.tar")).Message.ShouldEndWith("empty.tar: holds no sample");
    }

    [Theory]
    [InlineData("train-{000..003}.tar", "0 1 2 3")]
    [InlineData("train-{3..001}.tar", "1 2 3")]
    [InlineData("train-00{0..2}.tar", "0 1 2")]
    [InlineData("train-{001,003}.tar", "1 3")]
    [InlineData("{train,other}-00{1..2}.tar", "o1 o2 1 2")]
    [InlineData("{train,other}-*1.tar", "o1 1")]
    [InlineData("{train-001,train-001}.tar", "1")]
    [InlineData("train-{000..001}.{tar,copy}", "0 1 c0 c1")]
    public void Braces_name_shards(string pattern, string ids)
    {
        foreach (var (shard, id) in ((string, string)[])[("train-000.tar", "0"), ("train-001.tar", "1"), ("train-002.tar", "2"), ("train-003.tar", "3"),
            ("other-001.tar", "o1"), ("other-002.tar", "o2"), ("train-000.copy", "c0"), ("train-001.copy", "c1")])
            Shard(shard, TarEntryFormat.Ustar, ($"{id}.jpg", id), ($"{id}.txt", "words"));
        using var data = Open(pattern);
        data.Usable().Select(row => row.Sample.Id).ShouldBe(ids.Split(' '), ignoreOrder: true);
        data.Usable().ShouldAllBe(row => data.Images.Read(row.Sample.Images[0]).SequenceEqual(Encoding.UTF8.GetBytes(row.Sample.Id!)));
    }

    [Fact]
    public void A_shard_that_braces_name_must_be_there()
    {
        foreach (var shard in (int[])[0, 1, 3])
            Shard($"train-{shard:D3}.tar", TarEntryFormat.Ustar, ($"{shard}.jpg", "x"), ($"{shard}.txt", "words"));
        Should.Throw<UserError>(() => Open("train-{000..005}.tar")).Message
            .ShouldEndWith($"train-{{000..005}}.tar: 3 of 6 shards are missing, {folder["train-002.tar"]} is the first");
        Should.Throw<UserError>(() => Open("{train,none}-*.tar")).Message.ShouldEndWith($"1 of 2 shards are missing, {folder["none-*.tar"]} is the first");
    }

    [Fact]
    public void Braces_that_stand_for_too_many_shards_are_refused_at_once()
    {
        foreach (var pattern in (string[])["{0..999999999}.tar", "{0..999}-{0..999}-{0..999}.tar", "{0..50000}{a,b}.tar"])
            Should.Throw<UserError>(() => Open(pattern)).Message.ShouldEndWith($"{pattern}: its braces stand for more than 100,000 files; use a pattern with *, or several datasets");
    }

    [Fact]
    public void Shards_of_one_name_in_two_folders_are_refused()
    {
        foreach (var part in (string[])["a", "b"])
        {
            Directory.CreateDirectory(folder[part]);
            Shard($"{part}/0.tar", TarEntryFormat.Ustar, ("0.jpg", "x"), ("0.txt", "words"));
        }
        Shard("b/1.tar", TarEntryFormat.Ustar, ("1.jpg", "x"), ("1.txt", "words"));
        Should.Throw<UserError>(() => Open("{a,b}/0.tar")).Message.ShouldBe($"{folder["a/0.tar"]} and {folder["b/0.tar"]} have the same name; make each folder a dataset of its own");
        using var data = Open("{a/0,b/1}.tar");
        data.Count.ShouldBe(2);
    }

    [Fact]
    public void A_file_whose_name_has_braces_is_that_file()
    {
        Shard("{0..1}.tar", TarEntryFormat.Ustar, ("0.jpg", "x"), ("0.txt", "words"));
        using var data = Open("{0..1}.tar");
        data.Count.ShouldBe(1);
    }

    private void Shard(string name, TarEntryFormat format, params (string Name, string Content)[] files) =>
        Tars.Write(folder[name], format, files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Content))));

    private IDataset<Sample> Open(string name, int? limit = null, double share = 0) => (IDataset<Sample>)new WebDatasetFormat(
        new() { Path = Path.Combine(folder.Path, name), Limit = limit, MaxErrorShare = share }).Open(ImageSource.Open);
}
