using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Data.Formats;

public class LlavaFormatTests : IDisposable
{
    private const string Conversation = """[{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A lake."}]""";

    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void An_array_of_conversations_is_read_in_order()
    {
        using var data = Read($$"""
            [
              {"id": "x0", "image": "a.png", "extra": {"deep": [1]}, "conversations": {{Conversation}}},
              {"id": 17, "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}, {"from": "human", "value": "Bye"}, {"from": "gpt", "value": "é😀"}]},
              {"image": ["b.png", "a.png"], "conversations": [{"from": "human", "value": "<image><image> compare"}, {"from": "gpt", "value": "Same."}]}
            ]
            """);
        data.Count.ShouldBe(3);
        data[0].Id.ShouldBe("x0");
        data[0].Images.ShouldBe(["a.png"]);
        data[0].Turns.ShouldBe([new Turn(Role.Human, "<image>\nWhat?"), new Turn(Role.Assistant, "A lake.")]);
        data[1].Id.ShouldBe("17");
        data[1].Images.ShouldBeEmpty();
        data[1].Turns.Select(turn => turn.Text).ShouldBe(["Hi", "Hello", "Bye", "é😀"]);
        data[2].Id.ShouldBe("3");
        data[2].Images.ShouldBe(["b.png", "a.png"]);
    }

    [Fact]
    public void Lines_read_like_an_array()
    {
        var line = $$"""{"id": "x", "image": "a.png", "conversations": {{Conversation}}}""";
        using var data = Read($"\n{line}\r\n\n  \n{line.Replace("\"x\"", "\"y\"")}");
        data.Count.ShouldBe(2);
        data[1].Id.ShouldBe("y");
        data[1].Turns.ShouldBe(data[0].Turns);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rows_of_any_length_are_found_again(bool lines)
    {
        var rows = Enumerable.Range(0, 40).Select(i => JsonSerializer.Serialize(new
        {
            id = i,
            conversations = new[] { new { from = "human", value = "q" }, new { from = "gpt", value = new string((char)('a' + (i % 26)), (i * 7919) + 1) } },
        })).ToArray();
        using var data = Read(lines ? string.Join('\n', rows) : $"\uFEFF[{string.Join(" ,\n ", rows)}]\n");
        data.Count.ShouldBe(40);
        foreach (var i in (int[])[39, 0, 17, 17, 8])
            data[i].Turns[1].Text.ShouldBe(new string((char)('a' + (i % 26)), (i * 7919) + 1));
    }

    [Fact]
    public void Samples_may_be_read_from_several_threads()
    {
        using var data = Read(string.Join('\n', Enumerable.Range(0, 200).Select(i =>
            $$"""{"id": {{i}}, "conversations": [{"from": "human", "value": "q{{i}}"}, {"from": "gpt", "value": "a"}]}""")));
        Parallel.For(0, 2000, i => data[i % 200].Turns[0].Text.ShouldBe($"q{i % 200}"));
    }

    [Fact]
    public void The_content_hash_is_the_files_sha256_even_where_not_all_rows_are_wanted()
    {
        using var data = Read(string.Join('\n', Enumerable.Repeat($$"""{"image": "a.png", "conversations": {{Conversation}}}""", 3000)), limit: 2);
        data.Count.ShouldBe(2);
        data.ContentHash.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder.Path, "data.json")))));
    }

    [Fact]
    public void Words_alone_leave_images_out()
    {
        var file = Write($$"""[{"image": "gone.png", "conversations": {{Conversation}}}]""");
        using var data = (IDataset<Sample>)new LlavaFormat(new LlavaFormat.Options { Path = file, Images = folder.Path, TextOnly = true })
            .Open(_ => throw new InvalidOperationException("No image is needed."));
        data[0].Images.ShouldBeEmpty();
        data[0].Turns[0].Text.ShouldBe("What?");
    }

    [Theory]
    [InlineData("""{"id": 5}""", "no conversations")]
    [InlineData("""{"id": 5, "conversations": null}""", "no conversations")]
    [InlineData("""{"id": 5, "conversations": {}}""", "conversations is an object; expected a list of turns")]
    [InlineData("""{"id": 5, "conversations": []}""", "conversations is empty")]
    [InlineData("""{"id": 5, "conversations": ["hi"]}""", "turn 1 of conversations is text; expected {from, value}")]
    [InlineData("""{"id": 5, "conversations": [{"from": "gpt", "value": "x"}]}""", "turn 1 of conversations is from gpt; expected human: turns alternate, human first")]
    [InlineData("""{"id": 5, "conversations": [{"from": "alien", "value": "x"}]}""", "turn 1 of conversations has the unknown role 'alien'; allowed: human, gpt")]
    [InlineData("""{"id": 5, "conversations": [{"value": "x"}]}""", "turn 1 of conversations has the unknown role ''; allowed: human, gpt")]
    [InlineData("""{"id": 5, "conversations": [{"from": "human", "value": "x"}]}""", "conversations ends with a turn of human: no answer to learn")]
    [InlineData("""{"id": 5, "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": null}]}""", "turn 2 of conversations has no text: value is null")]
    [InlineData("""{"id": 5, "conversations": [{"from": "human", "value": "x"}, {"from": "gpt"}]}""", "turn 2 of conversations has no text: value is missing")]
    [InlineData("""{"id": 5, "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": ""}]}""", "turn 2 of conversations is empty")]
    [InlineData("""{"id": 5, "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "a <image>"}]}""", "<image> in an answer; it may stand in human turns only")]
    [InlineData("""{"id": 5, "conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": "a"}]}""", "1 <image> placeholder for 0 images")]
    [InlineData("""{"id": 5, "image": "a.png", "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "a"}]}""", "0 <image> placeholders for 1 image")]
    [InlineData("""{"id": 5, "image": "c.png", "conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": "a"}]}""", "image 'c.png' is missing")]
    [InlineData("""{"id": 5, "image": "../a.png", "conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": "a"}]}""", "image '../a.png' leaves the image folder")]
    [InlineData("""{"id": 5, "image": "/a.png", "conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": "a"}]}""", "image '/a.png' leaves the image folder")]
    [InlineData("""{"id": 5, "image": 7, "conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": "a"}]}""", "image is a number; expected a name or a list of names")]
    [InlineData("""{"id": 5, "image": [""], "conversations": [{"from": "human", "value": "<image>"}, {"from": "gpt", "value": "a"}]}""", "an image name is empty; expected text")]
    public void A_broken_row_is_named_with_its_reason(string row, string reason)
    {
        var good = $$"""{"id": "good", "image": "a.png", "conversations": {{Conversation}}}""";
        Should.Throw<UserError>(() => Read($"[{good}, {row}]", onError: OnError.Fail)).Message.ShouldBe($"data.json: row 2 (id 5): {reason}");
        using var data = Read($"[{good}, {row}, {good}]", share: 0.5);
        data.Count.ShouldBe(3);
        data.Broken.First.ShouldBe([new DataError("data.json", 2, "5", reason)]);
        Should.Throw<BrokenRowException>(() => data[1]).Error.ShouldBe(new DataError("data.json", 2, "5", reason));
        data.Usable().Select(row => (row.Index, row.Sample.Id)).ShouldBe([(0, "good"), (2, "good")]);
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udc00\\ud800")]
    public void A_text_with_half_a_character_makes_its_row_broken(string text)
    {
        var good = $$"""{"id": "good", "image": "a.png", "conversations": {{Conversation}}}""";
        using var data = Read($"[{good}, {good.Replace("What", text)}, {good.Replace("good", text)}, {good.Replace("a.png", text)}]", share: 0.9);
        data.Broken.First.Select(error => (error.Row, error.Reason[..8])).ShouldBe([(2, "a text i"), (3, "a text i"), (4, "a text i")]);
    }

    [Theory]
    [InlineData("[{\"id\": 1, \"conv", "data.json: row 1: the file ends in the middle of it, at byte 16; get the whole file")]
    [InlineData("[", "data.json: row 1: the file ends in the middle of it, at byte 1; get the whole file")]
    [InlineData("[1, 2,", "data.json: row 3: the file ends in the middle of it, at byte 6; get the whole file")]
    [InlineData("[{]", "data.json: row 1: not JSON at line 1, byte 3: ']' is an invalid")]
    [InlineData("[{},\n {]", "data.json: row 2: not JSON at line 2, byte 3")]
    [InlineData("[{}] x", "data.json: byte 5: 'x' after the end of the array")]
    [InlineData("{\n\"id\": 1}", "data.json: row 1: not JSON")]
    [InlineData("""{"id": "\ud800"}""", "data.json: row 1: a text in it is not Unicode")]
    [InlineData("[5]", "data.json: row 1: the row is a number; expected an object with conversations")]
    [InlineData("[]", "data.json: holds no row")]
    [InlineData("", "data.json: holds no row")]
    public void A_broken_file_is_refused(string text, string message)
    {
        Should.Throw<UserError>(() => Read(text, onError: OnError.Fail)).Message.Replace(folder.Path + "/", "").ShouldStartWith(message);
    }

    [Theory]
    [InlineData('[')]
    [InlineData(' ')]
    public void A_row_over_the_limit_is_refused(char open) =>
        Should.Throw<UserError>(() => Read(open + "\"" + new string('x', RowSpan.Largest * 2) + "\"]", onError: OnError.Fail)).Message.ShouldBe("data.json: row 1: larger than 8,388,608 bytes");

    [Fact]
    public void Deep_nesting_is_refused() => Should.Throw<UserError>(() => Read(new string('[', 10_000))).Message.ShouldContain("depth");

    [Fact]
    public void A_missing_file_is_named() =>
        Should.Throw<UserError>(() => LlavaFormat.Read(new() { Path = "/no/such.json" }, new TestImages(null))).Message.ShouldStartWith("such.json: cannot read the data");

    [Fact]
    public void A_file_that_changes_in_use_is_an_error()
    {
        using var data = Read($$"""[{"image": "a.png", "conversations": {{Conversation}}}]""");
        File.WriteAllText(Path.Combine(folder.Path, "data.json"), "[]");
        Should.Throw<UserError>(() => data[0]).Message.ShouldContain("the file has changed since it was opened");
    }

    [Fact]
    public void A_large_file_is_checked_at_its_start_and_then_where_it_is_used()
    {
        var line = $$"""{"image": "a.png", "conversations": {{Conversation}}}""" + "\n";
        const int rows = 20_000;
        var text = string.Concat(Enumerable.Repeat(line, rows)) + "{\"id\": \"last\"}\n";
        using (var data = Read(text, share: 0.01))
        {
            data.Count.ShouldBe(rows + 1);
            data.Broken.Count.ShouldBe(0);
            var broken = Should.Throw<BrokenRowException>(() => data[rows]);
            broken.Message.ShouldBe($"data.json: row {rows + 1} (id last): no conversations");
            data.Broken.Count.ShouldBe(0); // it may have been read ahead
            broken.Count();
            data.Broken.Count.ShouldBe(1);
        }
        Should.Throw<UserError>(() => Read(text.Replace("conversations", "conversation_"), share: 1)).Message
            .ShouldBe("no usable row among the first 1,000; the first of them: data.json: row 1: no conversations");
    }

    [SharedTheory("data/llava_format")]
    [InlineData("llava_v1_5_mix_200.json", 200)]
    [InlineData("scienceqa_llava_100.json", 100)]
    public void Published_conversations_are_read_whole(string name, int count)
    {
        var file = RepositoryFiles.Shared($"data/llava_format/{name}")!;
        using var data = LlavaFormat.Read(new() { Path = file }, new TestImages(null));
        data.Count.ShouldBe(count);
        var expected = JsonNode.Parse(File.ReadAllText(file))!.AsArray();
        for (var i = 0; i < count; i++)
        {
            data[i].Id.ShouldBe(expected[i]!["id"]!.ToString());
            data[i].Turns.Select(turn => turn.Text).ShouldBe(expected[i]!["conversations"]!.AsArray().Select(turn => turn!["value"]!.GetValue<string>()));
        }
    }

    [SharedFact("data/emoji")]
    public void A_real_set_opens_with_its_pictures_in_a_zip()
    {
        var shared = RepositoryFiles.Shared("data/emoji")!;
        var format = Catalog<IDatasetFormat>.Create("llava", new LlavaFormat.Options { Path = Path.Combine(shared, "train.json"), Images = Path.Combine(shared, "train_images.zip") });
        using var data = (IDataset<Sample>)format.Open(ImageSource.Open);
        data.Count.ShouldBe(1596);
        data[0].Turns.Count.ShouldBe(4);
        data.Images.Read(data[1595].Images[0]).Length.ShouldBeGreaterThan(100);
    }

    [SharedFact("data/llava_format")]
    public void Every_broken_record_is_reported_for_what_it_is()
    {
        var file = RepositoryFiles.Shared("data/llava_format/made_broken_records.json")!;
        var error = Should.Throw<UserError>(() => Opened(new() { Path = file }, new Without("does/not/exist.jpg")));
        error.Message.ShouldStartWith("made_broken_records.json: 1 of 10 rows met so far are broken, and max_error_share 0.01 allows 0: row 1 (id VG_100K_2/2400021): no conversations");
        var rows = string.Join('\n', JsonNode.Parse(File.ReadAllText(file))!.AsArray().Select(row => row!.ToJsonString()).Append($$"""{"image": "a.png", "conversations": {{Conversation}}}"""));
        using var data = Opened(new() { Path = Write(rows), MaxErrorShare = 0.95 }, new Without("does/not/exist.jpg"));
        data.Broken.First.Select(row => row.Row).ShouldBe(Enumerable.Range(1, 10).Select(row => (long)row));
        data.Broken.First.Select(row => row.Reason).ShouldBe(
        [
            "no conversations",
            "conversations is empty",
            "turn 1 of conversations is from gpt; expected human: turns alternate, human first",
            "turn 1 of conversations has the unknown role 'alien'; allowed: human, gpt",
            "image '../../etc/passwd' leaves the image folder",
            "image 'does/not/exist.jpg' is missing",
            "0 <image> placeholders for 1 image",
            "1 <image> placeholder for 0 images",
            "turn 2 of conversations has no text: value is null",
            "20 <image> placeholders; the limit is 16",
        ]);
    }

    [SharedFact("data/llava_format")]
    public void A_truncated_file_is_refused_at_its_last_row() =>
        Should.Throw<UserError>(() => LlavaFormat.Read(new() { Path = RepositoryFiles.Shared("data/llava_format/made_truncated.json")! }, new TestImages(null)))
            .Message.ShouldStartWith("made_truncated.json: row 1: the file ends in the middle of it, at byte 900");

    private string Write(string text)
    {
        var file = Path.Combine(folder.Path, "data.json");
        File.WriteAllText(file, text, new UTF8Encoding(false));
        return file;
    }

    private FileDataset<Sample> Read(string text, int? limit = null, OnError onError = OnError.Skip, double share = 0) =>
        Opened(new() { Path = Write(text), Limit = limit, OnError = onError, MaxErrorShare = share }, new TestImages("a.png", "b.png"));

    private static FileDataset<Sample> Opened(LlavaFormat.Options options, LlavaMod.Data.Images.IImageSource images)
    {
        var data = LlavaFormat.Read(options, images);
        data.CheckStart();
        return data;
    }

    private sealed class Without(string name) : LlavaMod.Data.Images.IImageSource
    {
        public bool Contains(string asked) => asked != name;

        public byte[] Read(string asked) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
