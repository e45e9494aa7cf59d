using System.Text.Json;
using LlavaMod.Runs;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>What the answers in a folder are answers to, so that those to other questions, or of another model, are not taken for them.</summary>
/// <param name="Benchmark">The benchmark's name.</param>
/// <param name="Options">Its options; null where it has none.</param>
/// <param name="Model">Who was asked, and how.</param>
/// <param name="QuestionsSha256">SHA-256 of ids and turns, in lower-case hex.</param>
internal sealed record AskedFile(string Benchmark, JsonElement? Options, AskedModel Model, string QuestionsSha256)
{
    /// <summary>Writes the file; where there is one, answers are only added to those of the same questions and model.</summary>
    /// <exception cref="UserError">The folder holds answers to something else, or the file cannot be read.</exception>
    public void Claim(string folder)
    {
        string path = Path.Combine(folder, "asked.json");
        if (!File.Exists(path))
        {
            if (new FileInfo(Path.Combine(folder, AnswersFile.Name)) is { Exists: true, Length: > 0 })
                throw new UserError($"{folder}: holds {AnswersFile.Name}, but no asked.json that says what was asked of whom; give another --out, or remove the folder");
            RunJson.Write(path, this);
            return;
        }
        var before = RunJson.Read<AskedFile>(path);
        foreach (var (what, then, now) in Parts(before).Zip(Parts(this), (one, other) => (one.What, one.Value, other.Value)))
        {
            if (then != now) throw new UserError($"{folder}: holds answers of another run: its {what} is {then}, and now {now}; give another --out, or remove the folder");
        }
    }

    private static IEnumerable<(string What, string Value)> Parts(AskedFile file) =>
    [
        ("benchmark", file.Benchmark), ("benchmark's options", Compact(file.Options)), ("model's hash", file.Model.Sha256), ("template", file.Model.Template),
        ("teacher's hash", file.Model.TeacherSha256 ?? "none"),
        ("decoding", Compact(file.Model.Decoding)), ("limit", $"{file.Model.Limit?.ToString() ?? "none"}"), ("questions' hash", file.QuestionsSha256),
    ];

    // Without the file's line ends.
    private static string Compact(JsonElement? value) => value is null ? "none" : JsonSerializer.Serialize(value);
}
