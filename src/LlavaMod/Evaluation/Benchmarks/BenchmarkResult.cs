using System.Text.Json;
using System.Text.Json.Serialization;
using LlavaMod.Data;
using LlavaMod.Runs;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// A benchmark's result, as one JSON file: the score, who was asked and how, and, a line each, what every answer contributes. It says nothing of
/// time or machine: the same answers give the same bytes.
/// </summary>
public sealed record BenchmarkResult
{
    private const long LargestFile = 64L << 20;
    private const int LongestReason = 300;

    private static readonly JsonSerializerOptions Form = new(RunJson.Line) { WriteIndented = true, AllowDuplicateProperties = false };

    /// <summary>The benchmark's name.</summary>
    public required string Benchmark { get; init; }

    /// <summary>The benchmark's own options; null where it has none.</summary>
    public JsonElement? Options { get; init; }

    /// <summary>The score.</summary>
    public required BenchmarkScore Score { get; init; }

    /// <summary>The version of the scorer: results of different ones are not comparable.</summary>
    public int ScorerVersion { get; init; } = BenchmarkScore.ScorerVersion;

    /// <summary>Who was asked; null where a file of answers was scored.</summary>
    public AskedModel? Model { get; init; }

    /// <summary>Questions that were left out, with the reason.</summary>
    public IReadOnlyList<SkippedItem> Skipped { get; init; } = [];

    /// <summary>Who graded the answers; null where no judge was asked.</summary>
    public JudgeUse? Judge { get; init; }

    /// <summary>The result as JSON, with a line end behind it: first the figures, last the items, one a line.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new ResultFile(
            Benchmark, Score.Figures.Metrics, Score.Intervals, Score.Figures.Categories, Score.Answered, Score.Questions, Score.IsPartial,
            Score.QuestionsHash, Score.AnswersHash, ScorerVersion, Options, Model, Judge, Skipped, Score.Items),
        Form) + "\n";

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="IOException">The folder does not exist, the disk is full, and the like.</exception>
    public void Write(string path) => AtomicFile.Write(path, ToJson());

    /// <summary>Reads a file back.</summary>
    /// <exception cref="UserError">It cannot be read, is larger than 64 MiB, or is no benchmark's result.</exception>
    public static BenchmarkResult Read(string path)
    {
        byte[] bytes = BoundedFile.Read(path, LargestFile);
        try
        {
            JsonFile.RequireUnicode(bytes);
            var file = JsonSerializer.Deserialize<ResultFile>(bytes, Form) ?? throw new JsonException("it holds null");
            file.Validate();
            return file.ToResult();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UserError($"{path}: not a benchmark's result as score --out writes it: {OneLine.Of(exception.Message, LongestReason)}", exception);
        }
    }

    /// <summary>What the file says, in its order.</summary>
    private sealed record ResultFile(
        string Benchmark,
        IReadOnlyDictionary<string, double> Metrics,
        IReadOnlyDictionary<string, Interval> Intervals95,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Categories,
        int Answered,
        int Questions,
        bool Partial,
        string QuestionsSha256,
        string AnswersSha256,
        int ScorerVersion,
        JsonElement? Options,
        AskedModel? Model,
        JudgeUse? Judge,
        IReadOnlyList<SkippedItem> Skipped,
        [property: JsonConverter(typeof(ScoredItemLines))] IReadOnlyList<ScoredItem> Items)
    {
        public void Validate()
        {
            if (Metrics.Count == 0) throw new JsonException("it has no metrics");
            if (Answered != Items.Count) throw new JsonException($"it has {Items.Count:N0} items and says that {Answered:N0} questions are answered");
            if (Questions < Answered || Partial != Answered < Questions) throw new JsonException($"{Answered:N0} of {Questions:N0} questions answered is not partial: {Partial}");
            if (Categories.Values.Any(category => category is null) || Skipped.Any(item => item is null)) throw new JsonException("it holds null in a list");
        }

        public BenchmarkResult ToResult() => new()
        {
            Benchmark = Benchmark,
            Options = Options,
            Score = new BenchmarkScore
            {
                Figures = new Figures(Metrics, Categories), Intervals = Intervals95, Answered = Answered, Questions = Questions,
                QuestionsHash = QuestionsSha256, AnswersHash = AnswersSha256, Items = Items,
            },
            ScorerVersion = ScorerVersion,
            Model = Model,
            Judge = Judge,
            Skipped = Skipped,
        };
    }
}

/// <summary>A question that was left out.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedItem(string Id, string Reason);
