using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Evaluation.Judges;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// MM-Vet (Yu et al. 2023, arXiv 2308.02490): open questions whose answers a judge grades between 0 and 1. Scored from the judge's grades, an object
/// <c>{id: {score: [grade, ...]}}</c>; several grades of one answer are averaged. A question counts for each ability that it takes. File: <c>mm-vet.json</c>, an object of questions by id. Pictures:
/// <c>images</c>.
/// </summary>
[Benchmark("mm-vet", Summary = "MM-Vet, open questions graded by a judge (arXiv 2308.02490)")]
public sealed class MmVet : Benchmark<MmVet.Question, MmVet.Scored>, IJudged
{
    private const double Percent = 100;
    private const string Version = "v1_";
    private const int LongestQuote = 200;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A question.</summary>
    /// <param name="Capabilities">The abilities that it takes: rec, ocr, know, gen, spat, math; none where the file does not say.</param>
    public sealed record Question(IReadOnlyList<string> Capabilities);

    /// <summary>A question and its grade.</summary>
    /// <param name="Capabilities">The abilities that it takes.</param>
    /// <param name="Grade">0 to 1.</param>
    public sealed record Scored(IReadOnlyList<string> Capabilities, double Grade);

    /// <inheritdoc/>
    public Rubric Rubric { get; } = new MmVetRubric();

    /// <inheritdoc/>
    public override int MaxNewTokens => LlavaPrompt.LongAnswer;

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data)
    {
        string path = data.Find("mm-vet.json");
        return Object(path).EnumerateObject().Select((entry, index) => (Id: LlavaId(entry.Name), Row: new PublishedRow(path, index + 1, entry.Value)))
            .Select(entry => new BenchmarkQuestion(entry.Id, entry.Row.Question("question"), data.Picture(entry.Row.Text("imagename"), "images"))
            {
                HasNumericId = IsNumber(entry.Id),
            });
    }

    /// <inheritdoc/>
    public override IEnumerable<(string File, string Content)> Publish(BenchmarkFolder data, IReadOnlyList<AnswerRow> answers) =>
        [("mm-vet_answers.json", JsonSerializer.Serialize(answers.ToDictionary(KeyOf, answer => answer.Text), Indented))];

    /// <inheritdoc/>
    protected override string KeyOf(AnswerRow row) => KeyOf(row.QuestionId);

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data)
    {
        string path = data.Find("mm-vet.json", "answers_*.json");
        return Object(path).EnumerateObject().Select((entry, index) => (entry, index)).ToDictionary(one => one.entry.Name, one => new Question(
            one.entry.Value.ValueKind == JsonValueKind.Object && one.entry.Value.TryGetProperty("capability", out _) ? new PublishedRow(path, one.index + 1, one.entry.Value).Texts("capability") : []));
    }

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path) => Object(path).EnumerateObject().Select(grade => new AnswerRow(grade.Name, "", grade.Value.GetRawText()));

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer)
    {
        var review = JsonElement.Parse(answer.Text);
        if (review.ValueKind != JsonValueKind.Object || !review.TryGetProperty("score", out var grades) || grades.ValueKind != JsonValueKind.Array || grades.GetArrayLength() == 0
            || grades.EnumerateArray().Any(grade => grade.ValueKind != JsonValueKind.Number || grade.GetDouble() is < 0 or > 1))
            throw new UserError($"the grades of {OneLine.Of(answer.QuestionId, LongestQuote)} are {OneLine.Of(answer.Text, LongestQuote)}; expected {{\"score\": [between 0 and 1]}}: {Rubric.Hint}");
        return new Scored(item.Capabilities, grades.EnumerateArray().Average(grade => grade.GetDouble()));
    }

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored) => new(
        Measure(scored),
        () => scored.SelectMany(one => one.Capabilities).Distinct().Order(StringComparer.Ordinal).ToDictionary(
            ability => ability, ability => Measure(scored.Where(one => one.Capabilities.Contains(ability)))));

    private static IReadOnlyDictionary<string, double> Measure(IEnumerable<Scored> scored) =>
        new Dictionary<string, double> { ["score"] = Percent * Figures.Mean(scored.Select(one => one.Grade)) };

    /// <summary>A question's key, of its id in MM-Vet's files or in LLaVA's.</summary>
    internal static string KeyOf(string id) => IsNumber(id) ? Version + id : id;

    /// <summary>An object by ids.</summary>
    internal static JsonElement Object(string path) => PublishedFile.Json(path) is { ValueKind: JsonValueKind.Object } value
        ? value
        : throw new UserError($"{path}: not an object of questions by id");

    // LLaVA's file of questions has the number alone of an id v1_N.
    private static string LlavaId(string key) => key.StartsWith(Version, StringComparison.Ordinal) && IsNumber(key[Version.Length..]) ? key[Version.Length..] : key;

    private static bool IsNumber(string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && id == $"{number}";
}
