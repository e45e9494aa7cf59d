using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// MMBench (Liu et al. 2023, arXiv 2307.06281), dev split: multiple choice, each question asked once for every rotation of its choices and right only
/// if all of them are (circular evaluation). Rows whose <c>index</c> is equal modulo 1,000,000 are one question. File: <c>mmbench_dev_*.tsv</c> with
/// the columns index, A to D and answer. Answers: LLaVA's JSON Lines, or a table with the columns index and prediction.
/// </summary>
[Benchmark("mmbench", Summary = "MMBench dev, English, circular accuracy (arXiv 2307.06281)")]
public class MmBench : Benchmark<MmBench.Question, MmBench.Scored>
{
    private const long Rotation = 1_000_000;
    private static readonly char[] Letters = ['A', 'B', 'C', 'D'];

    /// <summary>One rotation of a question.</summary>
    /// <param name="Index">Its row.</param>
    /// <param name="Answer">The right letter.</param>
    /// <param name="Choices">The choices by letter; those that the question does not have are left out.</param>
    /// <param name="Category">What it tests; empty where the file does not say.</param>
    public sealed record Question(long Index, char Answer, IReadOnlyDictionary<char, string> Choices, string Category);

    /// <summary>A rotation and what became of it.</summary>
    /// <param name="Question">The rotation.</param>
    /// <param name="IsParsed">Whether the answer names one of the choices.</param>
    /// <param name="IsRight">Whether it names the right one.</param>
    public sealed record Scored(Question Question, bool IsParsed, bool IsRight);

    /// <summary>Names of the file of questions.</summary>
    protected virtual string[] Files => ["mmbench_dev_2*.tsv", "MMBench_DEV_EN*.tsv", "dev*.tsv"];

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => throw new UserError("asking this benchmark's questions is not supported yet");

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data)
    {
        var questions = new Dictionary<string, Question>();
        string path = data.Find(Files);
        foreach (var row in Table.Read(path))
        {
            var choices = Letters.Where(letter => row.TryGet(letter.ToString()) is { Length: > 0 }).ToDictionary(letter => letter, letter => row.Get(letter.ToString()));
            if (row.Get("answer") is not [var answer] || !choices.ContainsKey(answer)) throw row.Complaint($"has the answer '{row.Get("answer")}', which is none of its choices");
            if (!long.TryParse(row.Get("index"), CultureInfo.InvariantCulture, out long index)) throw row.Complaint($"has the index '{row.Get("index")}'; expected a number");
            if (!questions.TryAdd($"{index}", new Question(index, answer, choices, row.TryGet("category") ?? ""))) throw row.Complaint($"has index {index} a second time");
        }
        return questions;
    }

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path) => path.EndsWith(".tsv", StringComparison.Ordinal) || path.EndsWith(".tsv.gz", StringComparison.Ordinal)
        ? Table.Read(path).Select(row => new AnswerRow(row.Get("index"), "", row.Get("prediction")))
        : base.ReadAnswers(path);

    /// <inheritdoc/>
    protected override object GroupOf(Question item) => item.Index % Rotation;

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer)
    {
        var letter = Letter(answer.Text, item.Choices);
        return new Scored(item, letter is not null, letter == item.Answer);
    }

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored)
    {
        var questions = scored.GroupBy(one => one.Question.Index % Rotation).ToList();
        var first = scored.Where(one => one.Question.Index < Rotation).ToList();
        return new Figures(
            new Dictionary<string, double>
            {
                ["circular_accuracy"] = Figures.Share(questions, rotations => rotations.All(one => one.IsRight)),
                ["vanilla_accuracy"] = Figures.Share(first, one => one.IsRight),
                ["row_accuracy"] = Figures.Share(scored, one => one.IsRight),
                ["unparsed"] = scored.Count(one => !one.IsParsed),
            },
            questions.Where(question => question.First().Question.Category.Length > 0).GroupBy(question => question.First().Question.Category)
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

    private sealed class Table(string path, int number, IReadOnlyDictionary<string, string> cells)
    {
        private const int LongestCell = 64 << 20; // pictures, as base64

        public static IEnumerable<Table> Read(string path)
        {
            using var reader = PublishedFile.Open(path);
            using var csv = new CsvReader(reader, new CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = "\t", MaxFieldSize = LongestCell, BadDataFound = null });
            if (!csv.Read() || !csv.ReadHeader()) throw new UserError($"{path}: an empty table");
            var header = csv.HeaderRecord!;
            for (int number = 1; Advance(path, csv); number++)
            {
                if (csv.Parser.Count < header.Length) throw new UserError($"{path}: row {number} has {csv.Parser.Count} columns, and the header {header.Length}");
                yield return new Table(path, number, header.Select((name, index) => (name, Value: csv.GetField(index) ?? "")).DistinctBy(cell => cell.name)
                    .ToDictionary(cell => cell.name, cell => cell.Value));
            }
        }

        public string? TryGet(string column) => cells.GetValueOrDefault(column);

        public string Get(string column) => TryGet(column) ?? throw new UserError($"{path}: has no column {column}; it has {string.Join(", ", cells.Keys)}");

        public UserError Complaint(string what) => new($"{path}: row {number} {what}");

        private static bool Advance(string path, CsvReader csv)
        {
            try
            {
                return csv.Read();
            }
            catch (Exception exception) when (exception is CsvHelperException or IOException or InvalidDataException)
            {
                throw new UserError($"{path}: row {csv.Parser.Row} cannot be read: {exception.Message.Split('\n')[0]}", exception);
            }
        }
    }
}
