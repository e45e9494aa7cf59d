using LlavaMod.Tests.Evaluation.Judges;

namespace LlavaMod.Cli.Tests;

/// <summary><c>llavamod score</c> with a judge: from answers to a score, its reviews and its cost.</summary>
public sealed class JudgedScoreTests : IDisposable
{
    private const int Questions = 40;

    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-").FullName;

    public JudgedScoreTests()
    {
        var ids = Enumerable.Range(0, Questions).ToList();
        File.WriteAllText(Path.Combine(folder, "mm-vet.json"), $"{{{string.Join(',', ids.Select(id => $$""" "v1_{{id}}": {"question": "Which number?", "answer": "{{id}}"} """))}}}");
        File.WriteAllText(Answers, $"{{{string.Join(',', ids.Select(id => $" \"v1_{id}\": \"{id}\" "))}}}");
    }

    private string Answers => Path.Combine(folder, "answers.json");

    private string Reviews => Path.Combine(folder, "answers.reviews.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Answers_are_judged_scored_and_paid_once()
    {
        using var server = new ScriptedJudge(prompt => prompt.Contains("Answer: 3 ") ? "none" : "0.5");
        string result = Path.Combine(folder, "result.json");
        var outcome = Score(server, "--judge-price", "50,1000", "--out", result);
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldContain("reviews: ");
        outcome.Output.ShouldContain("1 reviews have no score, also when asked for again: v1_3");
        outcome.Output.ShouldContain("judge: 41 requests, 0 from the cache, 4,100 tokens read, 410 written, $0.62"); // 0.205 + 0.41 = 0.615
        outcome.Output.ShouldContain("48.75");
        string json = File.ReadAllText(result);
        json.ShouldContain("\"model\": \"judge-1\"");
        json.ShouldContain("\"prompt\": \"llavamod/mm-vet/1\"");
        json.ShouldContain("\"cost\": 0.615");
        Score(server, "--judge-price", "50,1000", "--out", result).Output.ShouldContain("judge: 41 requests, 41 from the cache, 0 tokens read, 0 written, $0.00");
        (server.Requests.Count, File.ReadAllText(result)).ShouldBe((41, json));
        Cli.Run("score", "--benchmark", "mm-vet", "--answers", Reviews, "--data", folder).Output.ShouldContain("48.75");
    }

    [Fact]
    public void A_stopped_run_says_what_it_cost_and_goes_on()
    {
        using var stop = new CancellationTokenSource();
        ScriptedJudge? server = null;
        using (server = new ScriptedJudge(_ =>
        {
            if (server!.Requests.Count == 10) stop.Cancel();
            return "0.5";
        }))
        {
            var (output, error) = (new StringWriter(), new StringWriter());
            CommandLine.Run(Command(server), new Terminal(Terminal.Plain(output), error, stop.Token)).ShouldBe(130);
            output.ToString().ShouldContain("judge: ");
            File.Exists(Reviews).ShouldBeFalse();
            int kept = File.ReadLines(Path.Combine(folder, "answers.reviews.judge-cache")).Count();
            kept.ShouldBeInRange(1, 13);
            Score(server).Output.ShouldContain($"judge: 40 requests, {kept} from the cache");
        }
    }

    [Fact]
    public void A_refusal_is_one_line_and_exit_code_1()
    {
        using var server = new ScriptedJudge(_ => ScriptedJudge.Refuses(404, "no model judge-1"));
        var outcome = Score(server);
        outcome.Code.ShouldBe(1);
        outcome.Error.TrimEnd().ShouldBe(
            $"llavamod: the judge at {server.Url} answers 404 (Not Found): no model judge-1; is the address right, up to the part in front of /chat/completions, and does the server have a model judge-1?");
    }

    [Theory]
    [InlineData("--judge-model belongs to --judge-url, which is missing", "--judge-model", "m")]
    [InlineData("--reviews belongs to --judge-url, which is missing", "--reviews", "r.json")]
    [InlineData("--judge-url needs --judge-model", "--judge-url", "http://127.0.0.1:1/v1")]
    [InlineData("a judge's address is like http://localhost:8000/v1", "--judge-url", "127.0.0.1:1", "--judge-model", "m")]
    [InlineData("--judge-price is two numbers like 2.5,10", "--judge-url", "http://127.0.0.1:1/v1", "--judge-model", "m", "--judge-price", "2,5,10")]
    [InlineData("--judge-price is two numbers like 2.5,10", "--judge-url", "http://127.0.0.1:1/v1", "--judge-model", "m", "--judge-price", "-1,1")]
    [InlineData("nowhere.txt does not exist", "--judge-url", "http://127.0.0.1:1/v1", "--judge-model", "m", "--judge-prompt", "nowhere.txt")]
    [InlineData("whose folder does not exist", "--judge-url", "http://127.0.0.1:1/v1", "--judge-model", "m", "--reviews", "no/where/r.json")]
    public void What_does_not_go_together_is_told_before_anybody_is_asked(string message, params string[] options)
    {
        var outcome = Cli.Run(["score", "--benchmark", "mm-vet", "--answers", Answers, "--data", folder, .. options]);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldContain(message);
    }

    [Fact]
    public void The_answers_are_not_written_over()
    {
        using var server = new ScriptedJudge(_ => "0.5");
        Score(server, "--reviews", Answers).Error.ShouldContain("the file of the answers itself");
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public void A_benchmark_that_knows_its_answers_asks_no_judge()
    {
        var outcome = Cli.Run("score", "--benchmark", "gqa", "--answers", Answers, "--data", folder, "--judge-url", "http://127.0.0.1:1/v1", "--judge-model", "m");
        outcome.Error.ShouldContain("gqa knows the right answers and asks no judge");
    }

    [Fact]
    public void Answers_without_a_judge_are_told_how_to_get_one()
    {
        var outcome = Cli.Run("score", "--benchmark", "mm-vet", "--answers", Answers, "--data", folder);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldContain("to have answers judged, give --judge-url and --judge-model");
    }

    private Outcome Score(ScriptedJudge server, params string[] options) => Cli.Run([.. Command(server), .. options]);

    private string[] Command(ScriptedJudge server) =>
        ["score", "--benchmark", "mm-vet", "--answers", Answers, "--data", folder, "--judge-url", server.Url.AbsoluteUri, "--judge-model", "judge-1"];
}
