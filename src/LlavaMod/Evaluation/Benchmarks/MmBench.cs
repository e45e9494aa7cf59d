using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json.Nodes;
using LlavaMod.Tokenization;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// MMBench (Liu et al. 2023, arXiv 2307.06281), dev split: multiple choice, each question asked once for every rotation of its choices and right only
/// if all of them are (circular evaluation). Rows whose <c>index</c> is equal modulo 1,000,000 are one question. File: <c>mmbench_dev_*.tsv</c> with
/// the columns index, question, hint, A to D, answer and image, the picture as base64; all but hint, question and image are enough for a score.
/// Answers: LLaVA's JSON Lines, or a table with the columns index and prediction.
/// </summary>
[Benchmark("mmbench", Summary = "MMBench dev, English, circular accuracy (arXiv 2307.06281)")]
public class MmBench : Benchmark<MmBench.Question, MmBench.Scored>
{
    private const long Rotation = 1_000_000;
    private const int LongestReference = 64;
    private const string ImageColumn = "image";

    private static readonly char[] Letters = ['A', 'B', 'C', 'D'];

    private static readonly FrozenSet<string> NotThere = new[]
    {
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "None", "NaN", "n/a", "nan", "null",
    }.ToFrozenSet();

    /// <summary>One rotation of a question.</summary>
    /// <param name="Index">Its row.</param>
    /// <param name="Answer">The right letter.</param>
    /// <param name="Choices">The choices by letter; those that the question does not have are left out.</param>
    /// <param name="Category">What it tests; empty where the file does not say.</param>
    public sealed record Question(long Index, char Answer, IReadOnlyDictionary<char, string> Choices, string Category);

    /// <summary>A rotation and what became of it.</summary>
    /// <param name="Index">Its row.</param>
    /// <param name="Category">What it tests; empty where the file does not say.</param>
    /// <param name="IsParsed">Whether the answer names one of the choices.</param>
    /// <param name="IsRight">Whether it names the right one.</param>
    public sealed record Scored(long Index, string Category, bool IsParsed, bool IsRight);

    /// <summary>Names of the file of questions.</summary>
    protected virtual string[] Files => ["mmbench_dev_2*.tsv", "MMBench_DEV_EN*.tsv", "dev*.tsv"];

    /// <summary>What is put behind a question and its choices.</summary>
    protected virtual string LastSentence => LlavaPrompt.OptionLetter;

    /// <inheritdoc/>
    public override int MaxNewTokens => LlavaPrompt.LongAnswer;

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data)
    {
        string path = data.Find(Files);
        var pictures = data.Own(new TablePictures(path));
        var places = new Dictionary<string, TablePlace>();
        var questions = new List<BenchmarkQuestion>();
        foreach (var row in TableRow.Read(path))
        {
            string id = $"{Index(row)}";
            if (!places.TryAdd(id, row.Place)) throw row.Complaint($"has index {id} a second time");
            _ = row.Get(ImageColumn);
            questions.Add(Ask(row, id, new BenchmarkImage(id, () => Picture(pictures, places, id))));
        }
        return questions;
    }

    /// <summary>The table that MMBench's server takes, as tab-separated text.</summary>
    /// <inheritdoc/>
    public override IEnumerable<(string File, string Content)> Publish(BenchmarkFolder data, IReadOnlyList<AnswerRow> answers)
    {
        var texts = answers.ToDictionary(answer => answer.QuestionId, answer => answer.Text);
        yield return ("mmbench_upload.tsv", SubmissionTable.Of(TableRow.Read(data.Find(Files)), row => texts.GetValueOrDefault($"{Index(row)}", "")));
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data)
    {
        var questions = new Dictionary<string, Question>();
        foreach (var row in TableRow.Read(data.Find(Files)))
        {
            long index = Index(row);
            var choices = Letters.Where(letter => row.TryGet(letter.ToString()) is { Length: > 0 } and not "nan").ToDictionary(letter => letter, letter => row.Get(letter.ToString()));
            if (row.Get("answer") is not [var answer] || !choices.ContainsKey(answer)) throw row.Complaint($"has the answer '{row.Get("answer")}', which is none of its choices");
            if (!questions.TryAdd($"{index}", new Question(index, answer, choices, row.TryGet("category") ?? ""))) throw row.Complaint($"has index {index} a second time");
        }
        return questions;
    }

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path) => path.EndsWith(".tsv", StringComparison.Ordinal) || path.EndsWith(".tsv.gz", StringComparison.Ordinal)
        ? TableRow.Read(path).Select(row => new AnswerRow(row.Get("index"), "", row.Get("prediction")))
        : base.ReadAnswers(path);

    /// <inheritdoc/>
    protected override object GroupOf(Question item) => item.Index % Rotation;

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer)
    {
        var letter = Letter(answer.Text, item.Choices);
        return new Scored(item.Index, item.Category, letter is not null, letter == item.Answer);
    }

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored)
    {
        var questions = scored.GroupBy(one => one.Index % Rotation).ToList();
        var first = scored.Where(one => one.Index < Rotation).ToList();
        return new Figures(
            new Dictionary<string, double>
            {
                ["circular_accuracy"] = Figures.Share(questions, rotations => rotations.All(one => one.IsRight)),
                ["vanilla_accuracy"] = Figures.Share(first, one => one.IsRight),
                ["row_accuracy"] = Figures.Share(scored, one => one.IsRight),
                ["unparsed"] = scored.Count(one => !one.IsParsed),
            },
            () => questions.Where(question => question.First().Category.Length > 0).GroupBy(question => question.First().Category)
                .OrderBy(category => category.Key, StringComparer.Ordinal).ToDictionary(
                    category => category.Key,
                    IReadOnlyDictionary<string, double> (category) => new Dictionary<string, double>
                    {
                        ["circular_accuracy"] = Figures.Share([.. category], rotations => rotations.All(one => one.IsRight)),
                    }));
    }

    // MMBench's rule without its judge: the one letter that stands alone in the answer, or the one choice whose words the answer holds.
    private static char? Letter(string text, IReadOnlyDictionary<char, string> choices)
    {
        string[] words = text.Split([' ', '.', ',', ':', ';', '!', '?', '(', ')', '[', ']', '\n', '\t', '"', '\''], StringSplitOptions.RemoveEmptyEntries);
        var named = choices.Keys.Where(letter => words.Contains(letter.ToString())).ToList();
        if (named.Count == 1 && !(named[0] == 'A' && words.Length > 3)) return named[0]; // a sentence may begin with the article
        var held = choices.Where(choice => text.Contains(choice.Value, StringComparison.OrdinalIgnoreCase)).ToList();
        return held.Count == 1 ? held[0].Key : null;
    }

    private static long Index(TableRow row) => long.TryParse(row.Get("index"), NumberStyles.None, CultureInfo.InvariantCulture, out long index)
        ? index : throw row.Complaint($"has the index '{row.Get("index")}'; expected a number");

    private BenchmarkQuestion Ask(TableRow row, string id, BenchmarkImage image)
    {
        string[] choices = [.. Letters.Select(letter => row.TryGet(letter.ToString())).TakeWhile(choice => !IsMissing(choice)).Select(choice => choice!)];
        if (IsMissing(row.Get("question")) || choices.Length == 0) throw row.Complaint("has no question, or no choice A");
        string hint = row.TryGet("hint") is { } given && !IsMissing(given) ? given + "\n" : "";
        string prompt = hint + row.Get("question") + LlavaPrompt.Choices(choices);
        if (prompt.Contains(ChatTemplate.ImagePlaceholder, StringComparison.Ordinal)) throw row.Complaint($"has {ChatTemplate.ImagePlaceholder} within its question");
        return new BenchmarkQuestion(id, prompt, image)
        {
            Turn = $"{ChatTemplate.ImagePlaceholder}\n{prompt}{LastSentence}", // LLaVA's answers to MMBench leave it out of their prompts
            HasNumericId = true,
            Extra = new JsonObject
            {
                ["round_id"] = 0,
                ["options"] = new JsonArray([.. choices.Select(choice => JsonValue.Create(choice))]),
                ["option_char"] = new JsonArray([.. Letters.Take(choices.Length).Select(letter => JsonValue.Create(letter.ToString()))]),
            },
        };
    }

    // Later tables have a picture once, and for further questions about it the index of the row that has it.
    private static byte[] Picture(TablePictures pictures, Dictionary<string, TablePlace> places, string id)
    {
        var place = places[id];
        string cell = Cell(id);
        if (cell.Length > LongestReference) return TablePictures.Decode(cell, place.Complaint);
        return cell != id && places.TryGetValue(cell, out var other)
            ? TablePictures.Decode(Cell(cell), other.Complaint)
            : throw place.Complaint($"has '{cell}' for a picture, which is neither base64 nor the index of another row");

        string Cell(string index) => pictures.Row(places[index]) is var row && row.Get("index") == index
            ? row.Get(ImageColumn) : throw places[index].Complaint($"no longer has the index {index}; was the table changed meanwhile?");
    }

    // As pandas reads a table and LLaVA's script looks at what it read.
    private static bool IsMissing(string? cell) => cell is null || NotThere.Contains(cell) || cell.ToLowerInvariant() is "nan" or "none";
}
