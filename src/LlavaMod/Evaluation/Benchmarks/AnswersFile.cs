using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Runs;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// A file of answers in LLaVA's layout, a line <c>{question_id, prompt, text, ..., model_id, metadata}</c> each, that grows as answers come. What
/// a killed process has left of a line is cut off, and the questions before it stay answered.
/// </summary>
internal sealed class AnswersFile : IDisposable
{
    private static readonly JsonSerializerOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string path;
    private readonly string model;
    private readonly Dictionary<(string Id, string Prompt), string> lines;
    private readonly FileStream stream;

    private AnswersFile(string path, string model, Dictionary<(string Id, string Prompt), string> lines, FileStream stream) =>
        (this.path, this.model, this.lines, this.stream) = (path, model, lines, stream);

    /// <summary>Opens a file, or begins one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model's name, for its rows.</param>
    /// <exception cref="UserError">It cannot be read, is not such a file, or another process writes it.</exception>
    public static AnswersFile Open(string path, string model)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            CutTornLine(stream);
            var lines = new Dictionary<(string, string), string>();
            foreach (var row in PublishedFile.Rows(path))
                lines[(row.Text("question_id"), row.TextOr("prompt", ""))] = row.Value.GetRawText();
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
        return row.ToJsonString(Line);
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
