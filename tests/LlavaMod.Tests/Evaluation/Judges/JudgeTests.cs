using LlavaMod.Evaluation.Judges;
using static LlavaMod.Tests.Evaluation.Judges.ScriptedJudge;

namespace LlavaMod.Tests.Evaluation.Judges;

/// <summary>One request to a judge: what is sent, what is tried again, and what is told when it fails.</summary>
public sealed class JudgeTests : IDisposable
{
    private const string Key = "sk-secret-0123456789";

    private static readonly JudgeRequest Request = new("1", "How good?", 0.2, 64);

    private readonly TemporaryFolder folder = new();
    private readonly List<double> waits = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_request_names_model_words_and_settings_and_carries_the_key()
    {
        using var server = new ScriptedJudge(_ => "fine");
        (await Ask(server)).Text.ShouldBe("fine");
        var (path, authorization, body) = server.Requests.ShouldHaveSingleItem();
        (path, authorization).ShouldBe(("/v1/chat/completions", $"Bearer {Key}"));
        body.GetRawText().ShouldBe("""{"model":"judge","messages":[{"role":"user","content":"How good?"}],"temperature":0.2,"max_tokens":64}""");
    }

    [Fact]
    public async Task A_server_that_wants_no_key_gets_none()
    {
        using var server = new ScriptedJudge(_ => "fine");
        await Ask(server, options => options with { Key = null });
        server.Requests.ShouldHaveSingleItem().Authorization.ShouldBeNull();
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_busy_server_is_asked_again_with_longer_and_longer_waits(int status)
    {
        int left = 3;
        using var server = new ScriptedJudge(_ => left-- > 0 ? Refuses(status, "later") : Says("fine"));
        (await Ask(server)).Text.ShouldBe("fine");
        waits.ShouldBe([1, 2, 4]);
    }

    [Fact]
    public async Task A_broken_connection_is_tried_again()
    {
        int left = 1;
        using var server = new ScriptedJudge(_ => left-- > 0 ? Says("") with { Breaks = true } : Says("fine"));
        (await Ask(server)).Text.ShouldBe("fine");
        waits.ShouldBe([1]);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("100000", 60)]
    [InlineData("1e300", 1)] // nothing that the header may say
    [InlineData("Thu, 01 Jan 1970 00:00:05 GMT", 5)]
    [InlineData("Wed, 31 Dec 1969 23:59:00 GMT", 0)]
    public async Task The_server_says_how_long_to_wait_but_no_longer_than_a_minute(string retryAfter, double seconds)
    {
        int left = 1;
        using var server = new ScriptedJudge(_ => left-- > 0 ? Refuses(429, "later", ("Retry-After", retryAfter)) : Says("fine"));
        await Ask(server);
        waits.Sum().ShouldBe(seconds);
        server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_told_with_what_it_says()
    {
        using var server = new ScriptedJudge(_ => Refuses(429, "quota used up"));
        var error = await Should.ThrowAsync<UserError>(() => Ask(server));
        error.Message.ShouldBe($"the judge at {server.Url} answers 429 (Too Many Requests): quota used up; tried 6 times. What was judged is kept: the same command goes on");
        waits.ShouldBe([1, 2, 4, 8, 16]);
    }

    [Theory]
    [InlineData(400, "does judge take temperature and max_tokens?")]
    [InlineData(401, "is the key in LLAVAMOD_JUDGE_KEY or OPENAI_API_KEY right, and allowed to use judge?")]
    [InlineData(403, "is the key in LLAVAMOD_JUDGE_KEY or OPENAI_API_KEY right, and allowed to use judge?")]
    [InlineData(404, "is the address right, up to the part in front of /chat/completions, and does the server have a model judge?")]
    [InlineData(302, "it points elsewhere, where nobody goes unasked; give the address itself")]
    public async Task A_refusal_is_told_at_once_with_what_to_do(int status, string advice)
    {
        using var server = new ScriptedJudge(_ => Refuses(status, "no\u001b[31m", ("Location", "http://127.0.0.1:1/elsewhere")));
        var error = await Should.ThrowAsync<UserError>(() => Ask(server));
        error.Message.ShouldStartWith($"the judge at {server.Url} answers {status} (");
        error.Message.ShouldEndWith($": no\\u001B[31m; {advice}");
        (waits.Count, server.Requests.Count).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Without_a_key_a_refusal_says_where_to_put_one()
    {
        using var server = new ScriptedJudge(_ => Refuses(401, "who are you?"));
        var error = await Should.ThrowAsync<UserError>(() => Ask(server, options => options with { Key = null }));
        error.Message.ShouldEndWith("set LLAVAMOD_JUDGE_KEY or OPENAI_API_KEY in the environment");
    }

    [Fact]
    public async Task The_key_is_never_printed()
    {
        using var server = new ScriptedJudge(prompt => Refuses(401, $"bad key {Key}{new string('.', 2000)}"));
        var error = await Should.ThrowAsync<UserError>(() => Ask(server));
        error.ToString().ShouldNotContain(Key);
        error.Message.ShouldContain("bad key (key)...");
        error.Message.Length.ShouldBeLessThan(600);
        Options(server).ToString().ShouldNotContain(Key);
    }

    [Theory]
    [InlineData("<html>welcome</html>")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"choices": []}""")]
    [InlineData("""{"choices": [{"message": {"content": 5}}]}""")]
    [InlineData("""{"choices": [{"message": {"content": "\ud800"}}]}""")]
    [InlineData("""{"choices": [{"message": {"content": "a", "content": "b"}}]}""")]
    [InlineData("""{"choices": [{"message": {"content": "a"}}], "x": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}""")]
    [InlineData("")]
    public async Task What_is_no_chat_completion_is_told_and_not_kept(string body)
    {
        using var server = new ScriptedJudge(_ => new Answer(200, System.Text.Encoding.UTF8.GetBytes(body)));
        (await Should.ThrowAsync<UserError>(() => Ask(server))).Message.ShouldStartWith($"the judge at {server.Url} does not answer with a chat completion");
        using var cache = JudgeCache.Open(folder["cache.jsonl"]);
        cache.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_reply_without_words_is_empty()
    {
        using var server = new ScriptedJudge(_ => Says(null));
        (await Ask(server)).Text.ShouldBe("");
    }

    [Fact]
    public async Task A_reply_without_end_is_cut_off()
    {
        using var server = new ScriptedJudge(_ => new Answer(200, new byte[1 << 16]) { IsEndless = true });
        (await Should.ThrowAsync<UserError>(() => Ask(server))).Message.ShouldContain("sends more than 4 MB for one reply");
        waits.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_was_never_there_is_told_at_once()
    {
        ScriptedJudge gone;
        using (gone = new ScriptedJudge(_ => "")) { }
        (await Should.ThrowAsync<UserError>(() => Ask(gone))).Message
            .ShouldBe($"the judge at {gone.Url} cannot be reached: Connection refused. What was judged is kept: the same command goes on");
        waits.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_goes_away_is_waited_for()
    {
        using var cache = JudgeCache.Open(folder["cache.jsonl"]);
        var server = new ScriptedJudge(_ => "fine");
        using var judge = Judge(Options(server), cache);
        await judge.Ask(Request);
        server.Dispose();
        (await Should.ThrowAsync<UserError>(() => judge.Ask(Request with { Prompt = "And now?" }))).Message.ShouldContain("; tried 6 times.");
        (waits.Count, judge.Usage.Retries).ShouldBe((5, 5));
    }

    [Fact]
    public async Task A_slash_at_the_end_of_the_address_changes_nothing()
    {
        using var server = new ScriptedJudge(_ => "fine");
        await Ask(server, options => options with { Url = new Uri(server.Url.AbsoluteUri + "/") });
        server.Requests.ShouldHaveSingleItem().Path.ShouldBe("/v1/chat/completions");
    }

    [Fact]
    public async Task A_server_that_never_answers_is_told()
    {
        using var never = new ManualResetEventSlim();
        using var server = new ScriptedJudge(_ =>
        {
            never.Wait();
            return Says("late");
        });
        var error = await Should.ThrowAsync<UserError>(() => Ask(server, options => options with { Timeout = TimeSpan.FromMilliseconds(20) }));
        never.Set();
        error.Message.ShouldContain("cannot be reached: no answer within 0.02 seconds; tried 6 times");
    }

    [Fact]
    public async Task Stopping_ends_a_wait()
    {
        using var stop = new CancellationTokenSource();
        using var server = new ScriptedJudge(_ => Refuses(503, "later"));
        using var cache = JudgeCache.Open(folder["cache.jsonl"]);
        using var judge = new Judge(Options(server), cache, TimeProvider.System, async (_, stopped) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, stopped);
        });
        await Should.ThrowAsync<OperationCanceledException>(() => judge.Ask(Request, stop.Token));
    }

    [Theory]
    [InlineData("localhost:8000")]
    [InlineData("ftp://host/v1")]
    [InlineData("http://user:pass@host/v1")]
    [InlineData("http://host/v1?key=1")]
    [InlineData("file:///etc/passwd")]
    public void An_address_that_is_none_is_refused_unquoted(string url) =>
        Should.Throw<UserError>(() => JudgeOptions.ParseUrl(url)).Message.ShouldNotContain("pass@");

    private static JudgeOptions Options(ScriptedJudge server) => new() { Url = server.Url, Model = "judge", Key = Key };

    private async Task<JudgeReply> Ask(ScriptedJudge server, Func<JudgeOptions, JudgeOptions>? change = null)
    {
        using var cache = JudgeCache.Open(folder["cache.jsonl"]);
        using var judge = Judge(change is null ? Options(server) : change(Options(server)), cache);
        return await judge.Ask(Request);
    }

    private Judge Judge(JudgeOptions options, JudgeCache cache) => new(options, cache, new Epoch(), (delay, _) =>
    {
        waits.Add(delay.TotalSeconds);
        return Task.CompletedTask;
    });

    private sealed class Epoch : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;
    }
}
