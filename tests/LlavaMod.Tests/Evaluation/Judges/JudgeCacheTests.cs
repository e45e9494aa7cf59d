using System.Text.Json;
using LlavaMod.Evaluation.Judges;

namespace LlavaMod.Tests.Evaluation.Judges;

/// <summary>A judge is asked and paid once.</summary>
public sealed class JudgeCacheTests : IDisposable
{
    private static readonly JsonElement Completion = JsonElement.Parse("""{"choices":[{"message":{"content":"5 € \n"}}]}""");

    private readonly TemporaryFolder folder = new();

    private string Path => folder["cache.jsonl"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_same_request_is_asked_once()
    {
        using var server = new ScriptedJudge(_ => "fine");
        var options = new JudgeOptions { Url = server.Url, Model = "judge", PromptPrice = 5, CompletionPrice = 100 };
        for (int run = 0; run < 2; run++)
        {
            using var cache = JudgeCache.Open(Path);
            using var judge = new Judge(options, cache);
            foreach (double temperature in (double[])[0, 1]) (await judge.Ask(new JudgeRequest("1", "?", temperature, 8))).Text.ShouldBe("fine");
            judge.Usage.ToString().ShouldBe(run == 0
                ? "judge: 2 requests, 0 from the cache, 200 tokens read, 20 written, $0.00"
                : "judge: 2 requests, 2 from the cache, 0 tokens read, 0 written, $0.00");
            judge.Usage.Cost!.Value.ShouldBe(run == 0 ? 0.003m : 0);
        }
        server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public void Another_server_model_or_setting_is_another_request()
    {
        string Key(string url, string model, double temperature) => JudgeCache.KeyOf(new Uri(url), JsonSerializer.SerializeToUtf8Bytes(new JudgeRequest("1", "?", temperature, 8).ToJson(model)));
        string[] keys = [Key("http://a/v1", "m", 0), Key("http://b/v1", "m", 0), Key("http://a/v1", "n", 0), Key("http://a/v1", "m", 1)];
        keys.Distinct().Count().ShouldBe(4);
        Key("http://a/v1", "m", 0).ShouldBe(keys[0]);
    }

    [Fact]
    public void What_was_kept_is_there_again()
    {
        Fill("a", "b");
        using var cache = JudgeCache.Open(Path);
        JsonElement.DeepEquals(cache.Find("a")!.Value, Completion).ShouldBeTrue();
        cache.Find("c").ShouldBeNull();
    }

    [Fact]
    public void A_line_that_a_killed_process_left_half_written_is_cut_off()
    {
        Fill("a", "b");
        byte[] whole = File.ReadAllBytes(Path);
        int first = whole.AsSpan().IndexOf((byte)'\n') + 1;
        for (int length = first; length < whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            Fill("c");
            using var cache = JudgeCache.Open(Path);
            (cache.Count, cache.Find("a") is null, cache.Find("b") is null, cache.Find("c") is null).ShouldBe((2, false, true, false));
        }
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("[1]")]
    [InlineData("""{"key": "a", "completion": {}}""")]
    [InlineData("""{"key": 1, "completion": {"choices": [{"message": {"content": "x"}}]}}""")]
    public void A_file_that_is_no_cache_is_refused_and_stays_as_it_is(string line)
    {
        Fill("a");
        File.AppendAllText(Path, line + "\n");
        byte[] before = File.ReadAllBytes(Path);
        Should.Throw<UserError>(() => JudgeCache.Open(Path)).Message.ShouldContain("line 2 is nothing that a judge's cache holds");
        File.ReadAllBytes(Path).ShouldBe(before);
    }

    [Fact]
    public void A_cache_in_use_is_not_opened_again()
    {
        using var cache = JudgeCache.Open(Path);
        Should.Throw<UserError>(() => JudgeCache.Open(Path)).Message.ShouldContain("the judge's cache cannot be opened");
    }

    private void Fill(params string[] keys)
    {
        using var cache = JudgeCache.Open(Path);
        foreach (string key in keys) cache.Add(key, Completion);
    }
}
