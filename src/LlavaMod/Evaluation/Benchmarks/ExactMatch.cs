using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// Questions of one's own: a LLaVA JSON or JSONL, every assistant's turn of which is to be given again, letter by letter after trimming and
/// lower-casing; the turns before it are given as the file has them. <c>--data</c> names the file, <c>--images</c> its folder or archive of pictures.
/// Answers have the ids <c>ROW/QUESTION</c>, both counted from 0.
/// </summary>
[Benchmark("exact-match", Summary = "answers to a LLaVA JSON of one's own, letter by letter")]
public sealed class ExactMatch : Benchmark<ExactMatch.Question, ExactMatch.Scored>
{
    internal const int AnswerTokens = 32;

    /// <summary>A question.</summary>
    /// <param name="Row">The conversation that it is of.</param>
    /// <param name="Turn">The how-manieth of its conversation, from 1.</param>
    /// <param name="Answer">The answer that the file gives.</param>
    public sealed record Question(int Row, int Turn, string Answer);

    /// <summary>A question and whether it was answered right.</summary>
    /// <param name="Turn">The how-manieth of its conversation, from 1.</param>
    /// <param name="IsRight">Whether the answer is right.</param>
    public sealed record Scored(int Turn, bool IsRight);

    /// <inheritdoc/>
    public override int MaxNewTokens => AnswerTokens;

    /// <summary>Whether an answer is that of the file.</summary>
    public static bool Same(string given, string expected) => given.Trim().Equals(expected.Trim(), StringComparison.OrdinalIgnoreCase);

    /// <summary>The questions of one conversation: each with the turns before its answer, the user's last, and the answer.</summary>
    internal static IEnumerable<(int Turn, IReadOnlyList<Turn> Before, string Answer)> In(Sample sample)
    {
        for (int i = 1; i < sample.Turns.Count; i += 2) yield return ((i + 1) / 2, [.. sample.Turns.Take(i)], sample.Turns[i].Text);
    }

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data)
    {
        var dataset = data.Own(Open(data));
        foreach (var (index, sample) in dataset.Usable())
        {
            var images = sample.Images.Select(name => new BenchmarkImage(name, () => dataset.Images.Read(name))).ToList();
            foreach (var (turn, before, _) in In(sample))
            {
                yield return new BenchmarkQuestion($"{index}/{turn - 1}", before[^1].Text, null)
                {
                    Images = images,
                    Earlier = [.. before.SkipLast(1)],
                };
            }
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data)
    {
        using var dataset = Open(data);
        return dataset.Usable().SelectMany(row => In(row.Sample).Select(one => (Key: $"{row.Index}/{one.Turn - 1}", Question: new Question(row.Index, one.Turn, one.Answer))))
            .ToDictionary(one => one.Key, one => one.Question);
    }

    /// <inheritdoc/>
    protected override object GroupOf(Question item) => item.Row;

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer) => new(item.Turn, Same(answer.Text, item.Answer));

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored) => new(
        new Dictionary<string, double> { ["accuracy"] = Figures.Share(scored, one => one.IsRight) },
        () => scored.GroupBy(one => one.Turn).OrderBy(group => group.Key).ToDictionary(
            group => $"question_{group.Key}",
            IReadOnlyDictionary<string, double> (group) => new Dictionary<string, double> { ["accuracy"] = Figures.Share([.. group], one => one.IsRight) }));

    // Of other questions, scores would be others: a broken row is an error.
    private static IDataset<Sample> Open(BenchmarkFolder data)
    {
        var dataset = new LlavaFormat(new LlavaFormat.Options { Path = data.Path, Images = data.ImagesPath, OnError = OnError.Fail }).Open(ImageSource.Open);
        dataset.CheckStart();
        return (IDataset<Sample>)dataset;
    }
}
