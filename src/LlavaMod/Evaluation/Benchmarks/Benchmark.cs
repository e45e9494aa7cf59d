using System.Security.Cryptography;
using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Models;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// A benchmark of the field: reads its published files, puts its questions as LLaVA's scripts do, and scores answers as its own scripts do.
/// </summary>
public abstract class Benchmark
{
    /// <summary>Most new tokens of an answer: what LLaVA's script for the benchmark allows.</summary>
    public virtual int MaxNewTokens => 128;

    /// <summary>Whether it has published files; the built-in world has none.</summary>
    public virtual bool HasFiles => true;

    /// <summary>The benchmark for one model, where its questions depend on what is asked; by default it itself.</summary>
    public virtual Benchmark FittedTo(LlavaConfig model) => this;

    /// <summary>Every question as LLaVA's scripts put it, in the order of the published files.</summary>
    /// <param name="data">The benchmark's published files and pictures.</param>
    /// <exception cref="UserError">A file is missing or damaged. Pictures are read later, one by one.</exception>
    public abstract IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data);

    /// <summary>
    /// The answers in the layout that the benchmark's own scripts or its server read, by file name; none where that is LLaVA's JSON Lines.
    /// </summary>
    /// <param name="data">The benchmark's published files.</param>
    /// <param name="answers">Every answer, in the order of the questions.</param>
    public virtual IEnumerable<(string File, string Content)> Publish(BenchmarkFolder data, IReadOnlyList<AnswerRow> answers) => [];

    /// <summary>Why answers get no score here, and where they go; null where they get one.</summary>
    /// <param name="data">The benchmark's published files.</param>
    public virtual string? WhyUnscored(BenchmarkFolder data) => null;

    /// <summary>Scores a file of answers.</summary>
    /// <param name="data">The benchmark's published files; each may be compressed as .gz.</param>
    /// <param name="answers">The answers, in the layout that the benchmark's own scripts read.</param>
    /// <param name="allowPartial">Whether questions may lack an answer; the result then says how many do.</param>
    /// <exception cref="UserError">A file is missing or damaged, or answers and questions do not belong together.</exception>
    public abstract BenchmarkScore Score(BenchmarkFolder data, string answers, bool allowPartial = false);

    /// <summary>Figures of what answers contribute, as a result's file holds it.</summary>
    /// <param name="items">The contributions.</param>
    /// <returns>The figures over a choice of the items by their indices; an index may be chosen several times. Threads may call it side by side.</returns>
    /// <exception cref="UserError">An item is no contribution to this benchmark.</exception>
    internal abstract Func<int[], Figures> FiguresOf(IReadOnlyList<ScoredItem> items);

    /// <summary>Scores a file of answers to a benchmark whose files are in a folder.</summary>
    /// <inheritdoc cref="Score(BenchmarkFolder, string, bool)"/>
    public BenchmarkScore Score(string data, string answers, bool allowPartial = false) => Score(new BenchmarkFolder(data), answers, allowPartial);
}

/// <summary>A benchmark of questions with known answers.</summary>
/// <typeparam name="TItem">A question with its truth; a type that JSON can hold, by which sets of questions are told apart.</typeparam>
/// <typeparam name="TScored">What one answer contributes to the figures; a type that JSON can hold.</typeparam>
public abstract class Benchmark<TItem, TScored> : Benchmark
{
    private const int LongestShown = 200;

    /// <inheritdoc/>
    public sealed override BenchmarkScore Score(BenchmarkFolder data, string answers, bool allowPartial = false)
    {
        var items = ReadItems(data);
        var rows = AnswerRows.Match(answers, ReadAnswers(answers), KeysAmong(items), items.Keys, allowPartial);
        var groups = rows.Select(row => GroupOf(items[row.Key])?.ToString()).ToList();
        var scored = rows.Select(row => ScoreOne(items[row.Key], row.Value)).ToArray();
        return new BenchmarkScore
        {
            Figures = Summarise(scored),
            Intervals = Bootstrap.Intervals(groups, drawn => Chosen(scored, drawn).Metrics),
            Answered = scored.Length,
            Questions = items.Count,
            QuestionsHash = HashOf(items),
            AnswersHash = FileHash.Sha256(answers),
            Items = [.. rows.Select((row, index) => new ScoredItem(row.Key, JsonSerializer.SerializeToElement(scored[index], ScoredItem.Options), groups[index]))],
        };
    }

    /// <inheritdoc/>
    internal sealed override Func<int[], Figures> FiguresOf(IReadOnlyList<ScoredItem> items)
    {
        var scored = items.Select(Read).ToArray();
        return chosen => Chosen(scored, chosen);
    }

    /// <summary>The questions by the key under which answers name them.</summary>
    protected abstract IReadOnlyDictionary<string, TItem> ReadItems(BenchmarkFolder data);

    /// <summary>Reads a file of answers; by default LLaVA's JSON Lines of <c>{question_id, prompt, text}</c>.</summary>
    protected virtual IEnumerable<AnswerRow> ReadAnswers(string path) => AnswerRows.ReadJsonLines(path);

    /// <summary>The key of the question that a row answers.</summary>
    protected virtual string KeyOf(AnswerRow row) => row.QuestionId;

    /// <summary>How the key of a row's question is found; by default by <see cref="KeyOf"/>.</summary>
    /// <param name="items">The questions, in the order of the published files.</param>
    protected virtual Func<AnswerRow, string> KeysAmong(IReadOnlyDictionary<string, TItem> items) => KeyOf;

    /// <summary>Questions of one group are drawn together when the interval is estimated; by default each alone.</summary>
    protected virtual object? GroupOf(TItem item) => null;

    /// <summary>Scores one answer.</summary>
    protected abstract TScored ScoreOne(TItem item, AnswerRow answer);

    /// <summary>The benchmark's figures over all answers.</summary>
    protected abstract Figures Summarise(IReadOnlyList<TScored> scored);

    private Figures Chosen(TScored[] scored, int[] chosen) => Summarise(Array.ConvertAll(chosen, index => scored[index]));

    private static TScored Read(ScoredItem item)
    {
        try
        {
            return item.Scored.Deserialize<TScored>(ScoredItem.Options) ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new UserError($"item '{OneLine.Of(item.Key, LongestShown)}' is no contribution to this benchmark: {OneLine.Of(exception.Message, LongestShown)}", exception);
        }
    }

    // Of the questions in order of their keys: files of other layouts may hold the same ones.
    private static string HashOf(IReadOnlyDictionary<string, TItem> items)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var item in items.OrderBy(item => item.Key, StringComparer.Ordinal)) hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(item, ScoredItem.Options));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
