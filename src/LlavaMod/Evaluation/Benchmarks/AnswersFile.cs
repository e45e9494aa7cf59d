using System.Text;
using System.Text.Json.Nodes;
using LlavaMod.Runs;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// A file of answers in LLaVA's layout, a line <c>{question_id, prompt, text, ..., model_id, metadata}</c> each, that grows as answers come. What
/// a killed process has left of a line is cut off, and the questions before it stay answered.
/// </summary>
internal sealed class AnswersFile : IDisposable
{
    /// <summary>Its name in a folder of answers.</summary>
    public const string Name = "answers.jsonl";

    private readonly string path;
    private readonly string model;
    private readonly Dictionary<(string Id, string Prompt), string> lines;
    private readonly FileStream stream;

    private AnswersFile(string path, string model, Dictionary<(string Id, string Prompt), string> lines, FileStream stream) =>
        (this.path, this.model, this.lines, this.stream) = (path, model, lines, stream);

    /// <summary>Opens a file, or begins one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model's name, for its rows.</param>
    /// <param name="questions">What it may hold answers to.</param>
    /// <exception cref="UserError">It cannot be read or written, is not such a file, or has answers to something else, or two to one question.</exception>
    public static AnswersFile Open(string path, string model, IReadOnlyList<BenchmarkQuestion> questions)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            CutTornLine(stream);
            var lines = Read(path, questions);
            stream.Seek(0, SeekOrigin.End);
            return new AnswersFile(path, model, lines, stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw new UserError($"{path}: cannot be written: {exception.Message}", exception);
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>Whether a question is answered.</summary>
    public bool Holds(BenchmarkQuestion question) => lines.ContainsKey(KeyOf(question));

    /// <summary>Adds answers; they are on their way to the disk when this returns.</summary>
    public void Append(IEnumerable<(BenchmarkQuestion Question, Response Response)> answers)
    {
        foreach (var (question, response) in answers)
        {
            string line = Write(question, response);
            stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
            lines.Add(KeyOf(question), line);
        }
        stream.Flush();
    }

    /// <summary>Closes the file, its rows in the order of the questions.</summary>
    public void Complete(IEnumerable<BenchmarkQuestion> questions)
    {
        stream.Dispose();
        AtomicFile.Write(path, string.Concat(questions.Where(Holds).Select(question => lines[KeyOf(question)] + "\n")));
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    // A row that is no answer would be found at the end only, when everything else is answered.
    private static Dictionary<(string Id, string Prompt), string> Read(string path, IReadOnlyList<BenchmarkQuestion> questions)
    {
        var asked = questions.Select(KeyOf).ToHashSet();
        var lines = new Dictionary<(string, string), string>();
        var (unknown, twice) = (new List<string>(), new List<string>());
        foreach (var row in PublishedFile.Rows(path))
        {
            _ = row.Text("text");
            var key = (Id: row.Text("question_id"), Prompt: row.TextOr("prompt", ""));
            if (!asked.Contains(key)) unknown.Add(key.Id);
            else if (!lines.TryAdd(key, row.Value.GetRawText())) twice.Add(key.Id);
        }
        var complaints = new List<string>();
        if (unknown.Count > 0) complaints.Add($"{unknown.Count} of its answers are to questions that were not asked ({AnswerRows.First(unknown)})");
        if (twice.Count > 0) complaints.Add($"{twice.Count} answers are given twice ({AnswerRows.First(twice)})");
        return complaints.Count == 0 ? lines : throw new UserError($"{path}: {string.Join("; ", complaints)}; take those lines out, or give another --out");
    }

    private static (string Id, string Prompt) KeyOf(BenchmarkQuestion question) => (question.Id, question.Prompt);

    private string Write(BenchmarkQuestion question, Response response)
    {
        var row = new JsonObject
        {
            ["question_id"] = question.HasNumericId ? JsonValue.Create(long.Parse(question.Id)) : JsonValue.Create(question.Id),
            ["prompt"] = question.Prompt,
        };
        foreach (var (key, value) in Further(question.Extra)) row[key] = value;
        row["text"] = response.Text;
        foreach (var (key, value) in Further(response.Extra)) row[key] = value;
        row["model_id"] = model;
        row["metadata"] = new JsonObject();
        return row.ToJsonString(RunJson.Line);
    }

    private static IEnumerable<(string Key, JsonNode? Value)> Further(JsonObject? extra) =>
        (extra ?? []).Select(entry => (entry.Key, entry.Value?.DeepClone()));

    private static void CutTornLine(FileStream stream)
    {
        for (long end = stream.Length; end > 0; end--)
        {
            stream.Position = end - 1;
            if (stream.ReadByte() != '\n') continue;
            stream.SetLength(end);
            return;
        }
        stream.SetLength(0);
    }
}
