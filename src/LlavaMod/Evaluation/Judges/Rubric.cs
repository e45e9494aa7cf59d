using System.Text.Json;
using LlavaMod.Evaluation.Benchmarks;

namespace LlavaMod.Evaluation.Judges;

/// <summary>
/// How the answers to a benchmark are judged: what the judge is asked about each, and how its replies are written for the benchmark's score to read.
/// The wording is this project's own; the judgement asked for, and the form of the reply, are the benchmark's.
/// </summary>
public abstract class Rubric
{
    /// <summary>Said where a judge's reviews are expected and something else is found.</summary>
    internal const string Hint = "a judge's reviews are scored here; to have answers judged, give --judge-url and --judge-model";

    /// <summary>How reviews that are one JSON document are written.</summary>
    private protected static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The words with which the judge is asked where the user gives none.</summary>
    public abstract JudgePrompt Prompt { get; }

    /// <summary>The ending of a file of reviews, with its full stop.</summary>
    public abstract string ReviewsExtension { get; }

    /// <summary>The temperature of the benchmark's own script.</summary>
    protected abstract double Temperature { get; }

    /// <summary>Tokens of a reply at most.</summary>
    protected abstract int MaxTokens { get; }

    /// <summary>A request for each answer, in the order of the questions.</summary>
    /// <param name="data">The benchmark's published files.</param>
    /// <param name="answers">The answers: LLaVA's JSON Lines, or the layout of the benchmark's own scripts.</param>
    /// <param name="prompt">The words to use; null for <see cref="Prompt"/>.</param>
    /// <param name="allowPartial">Whether questions may lack an answer.</param>
    /// <exception cref="UserError">A file is missing or damaged, or answers and questions do not belong together.</exception>
    public IReadOnlyList<JudgeRequest> Requests(BenchmarkFolder data, string answers, JudgePrompt? prompt = null, bool allowPartial = false)
    {
        var questions = ReadQuestions(data);
        var matched = AnswerRows.Match(answers, ReadAnswers(answers), row => row.QuestionId, questions.Keys, allowPartial);
        return [.. matched.Select(row =>
        {
            var question = questions[row.Key];
            return new JudgeRequest(row.Key, (prompt ?? Prompt).Fill(question, row.Value.Text), Temperature, MaxTokens, question.Category);
        })];
    }

    /// <summary>Whether a reply says what it should, in a form that the score reads.</summary>
    public abstract bool IsScored(string reply);

    /// <summary>Writes the replies in the layout that the benchmark's score reads.</summary>
    /// <param name="stream">Where they go.</param>
    /// <param name="replies">A reply to each request, in the same order.</param>
    /// <param name="model">The judge's name.</param>
    public abstract void Write(Stream stream, IReadOnlyList<JudgeReply> replies, string model);

    /// <summary>The questions by their keys, in the benchmark's order.</summary>
    protected abstract IReadOnlyDictionary<string, JudgedQuestion> ReadQuestions(BenchmarkFolder data);

    /// <summary>Reads answers; by default LLaVA's JSON Lines of <c>{question_id, prompt, text}</c>.</summary>
    protected virtual IEnumerable<AnswerRow> ReadAnswers(string path) => AnswerRows.ReadJsonLines(path);
}
