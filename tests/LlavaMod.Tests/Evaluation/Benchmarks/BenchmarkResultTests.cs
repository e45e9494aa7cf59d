using System.Globalization;
using System.Text.Json;
using LlavaMod.Evaluation.Benchmarks;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>A result's file: what it says is read back, and what is none is refused in one line.</summary>
public sealed class BenchmarkResultTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back()
    {
        var result = Full();
        result.Write(folder["a.json"]);
        var back = BenchmarkResult.Read(folder["a.json"]);
        back.ToJson().ShouldBe(result.ToJson());
        back.Score.Figures.Metrics["accuracy"].ShouldBe(1 / 3.0);
        back.Model!.Decoding.GetProperty("temperature").GetDouble().ShouldBe(0.1);
        back.Model.Limit.ShouldBeNull();
        back.Judge!.Cost.ShouldBe(0.25m);
        back.Skipped.Single().ShouldBe(new SkippedItem("7", "its picture is broken"));
        back.Score.Items[1].Key.ShouldBe("b\n猫");
    }

    [Fact]
    public void The_head_of_the_file_is_the_score_and_every_item_has_a_line()
    {
        string[] lines = Full().ToJson().Split('\n');
        lines[..4].ShouldBe(["{", "  \"benchmark\": \"gqa\",", "  \"metrics\": {", $"    \"accuracy\": {(1 / 3.0).ToString("R", CultureInfo.InvariantCulture)}"]);
        lines[^6..].ShouldBe(["""  "items": [""", """    {"key":"a","scored":{"type":"verify","is_right":true},"group":"g"},""", """    {"key":"b\n猫","scored":{"type":"","is_right":false}}""", "  ]", "}", ""]);
    }

    [Fact]
    public void A_result_of_no_model_and_no_items_is_read_back()
    {
        var result = Full() with { Model = null, Judge = null, Skipped = [], Score = Full().Score with { Items = [], Answered = 0 } };
        result.Write(folder["a.json"]);
        BenchmarkResult.Read(folder["a.json"]).ToJson().ShouldBe(result.ToJson());
    }

    [Theory]
    [InlineData("\"benchmark\": \"gqa\",", "", "'benchmark'")]
    [InlineData("\"answered\": 2", "\"answered\": 3", "it has 2 items and says that 3 questions are answered")]
    [InlineData("\"partial\": true", "\"partial\": false", "2 of 3 questions answered is not partial: False")]
    [InlineData("\"key\":\"b\\n猫\"", "\"key\":\"a\"", "two items 'a'")]
    [InlineData("\"key\":\"a\"", "\"key\":null", "key")]
    [InlineData("\"key\":\"a\"", "\"key\":\"\\ud800\"", "surrogate")]
    [InlineData("\"scorer_version\": 1", "\"scorer_version\": \"one\"", "$.scorer_version")]
    [InlineData("\"scorer_version\": 1", "\"scorer_version\": 1, \"scorer_version\": 1", "scorer_version")]
    [InlineData("\"skipped\": [", "\"skipped\": [null,", "null in a list")]
    [InlineData("\"items\": [", "\"items\": [null,", "an item is null")]
    [InlineData("{", "[", "JSON")]
    public void What_is_no_result_is_refused(string found, string broken, string reason)
    {
        string json = Full().ToJson();
        json.ShouldContain(found);
        string path = folder.Write("broken.json", json[..json.IndexOf(found, StringComparison.Ordinal)] + broken + json[(json.IndexOf(found, StringComparison.Ordinal) + found.Length)..]);
        var error = Should.Throw<UserError>(() => BenchmarkResult.Read(path));
        error.Message.ShouldStartWith($"{path}: not a benchmark's result as score --out writes it: ");
        error.Message.ShouldContain(reason);
        error.Message.ShouldNotContain("\n");
    }

    private static BenchmarkResult Full() => new()
    {
        Benchmark = "gqa",
        Score = new BenchmarkScore
        {
            Figures = new Figures(new Dictionary<string, double> { ["accuracy"] = 1 / 3.0 }),
            Intervals = new Dictionary<string, Interval> { ["accuracy"] = new(0.1, 0.30000000000000004) },
            Answered = 2,
            Questions = 3,
            QuestionsHash = "12",
            AnswersHash = "ab",
            Items = [new ScoredItem("a", Element(new Gqa.Scored("verify", true)), "g"), new ScoredItem("b\n猫", Element(new Gqa.Scored("", false)))],
        },
        Model = new AskedModel("models/m", "cd", "qwen", Element(new { temperature = 0.1 }), null),
        Skipped = [new SkippedItem("7", "its picture is broken")],
        Judge = new JudgeUse("http://localhost/v1", "judge", "words", "ef", "ab", 2, 100, 20, 0.25m, ["7"]),
    };

    private static JsonElement Element<T>(T value) => JsonSerializer.SerializeToElement(value, ScoredItem.Options);
}
