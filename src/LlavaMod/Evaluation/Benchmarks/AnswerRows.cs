using LlavaMod.Data;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>One answer of a file.</summary>
/// <param name="QuestionId">The question's id, as text.</param>
/// <param name="Prompt">What the model was asked; empty where the file does not say.</param>
/// <param name="Text">The answer.</param>
public sealed record AnswerRow(string QuestionId, string Prompt, string Text);

/// <summary>Files of answers.</summary>
internal static class AnswerRows
{
    private const int LongestShown = 200;

    /// <summary>LLaVA's layout: a line <c>{question_id, prompt, text}</c> for each answer.</summary>
    /// <exception cref="UserError">A line is not such an object.</exception>
    public static IEnumerable<AnswerRow> ReadJsonLines(string path) => PublishedFile.Rows(path).Select(row => new AnswerRow(
        row.Text("question_id"), row.TextOr("prompt", ""), row.Text("text")));

    /// <summary>The answers by the key of their question, in the order of the questions.</summary>
    /// <exception cref="UserError">Answers are missing, repeated, or to questions that the benchmark does not have.</exception>
    public static IReadOnlyList<KeyValuePair<string, AnswerRow>> Match(
        string path, IEnumerable<AnswerRow> rows, Func<AnswerRow, string> keyOf, IEnumerable<string> questions, bool allowPartial)
    {
        var answers = new Dictionary<string, AnswerRow>();
        var (twice, unknown) = (new List<string>(), new List<string>());
        var known = questions.ToList();
        var lookup = known.ToHashSet();
        foreach (var row in rows)
        {
            string key = keyOf(row);
            if (!lookup.Contains(key)) unknown.Add(key);
            else if (!answers.TryAdd(key, row)) twice.Add(key);
        }
        var missing = known.Where(key => !answers.ContainsKey(key)).ToList();
        var complaints = new List<string>();
        if (unknown.Count > 0) complaints.Add($"{unknown.Count} of its answers are to questions that the benchmark does not have ({First(unknown)})");
        if (twice.Count > 0) complaints.Add($"{twice.Count} answers are given twice ({First(twice)})");
        if (missing.Count > 0 && !allowPartial) complaints.Add($"{missing.Count} of {known.Count} questions have no answer ({First(missing)}); --allow-partial scores the others");
        if (complaints.Count > 0) throw new UserError($"{path}: {string.Join("; ", complaints)}");
        if (answers.Count == 0) throw new UserError($"{path}: holds no answer");
        return [.. known.Where(answers.ContainsKey).Select(key => KeyValuePair.Create(key, answers[key]))];
    }

    /// <summary>The first of some keys, for messages.</summary>
    public static string First(List<string> keys) => OneLine.First([.. keys.Select(key => key.ReplaceLineEndings(" "))], LongestShown);
}
