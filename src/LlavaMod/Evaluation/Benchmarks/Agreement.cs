using System.Text.Json;
using LlavaMod.Models;
using LlavaMod.Recipes;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// How far a student answers as its teacher does, on another benchmark's questions: <c>same_answer</c>, the share of questions that both answer with
/// the same words; <c>kl</c>, the mean over the tokens of the teacher's answers, their end included, of KL(teacher || student) in nats; and
/// <c>same_token</c>, the share of those tokens at which both find the same one most likely. Both answer greedily. What a student is trained for is
/// measured so apart from whether the teacher is right.
/// </summary>
[Benchmark("agreement", Summary = "student against teacher on another benchmark's questions: same answers, KL on answer tokens")]
public sealed class Agreement : Benchmark<string, Agreement.Scored>
{
    private readonly Options options;
    private readonly Benchmark questions;

    /// <summary>Makes the benchmark.</summary>
    public Agreement(Options options)
        : this(options, options.On.Create())
    {
        string? unread = options.On switch
        {
            { Data: not null } => "data",
            { Images: not null } => "images",
            { Limit: not null } => "limit",
            _ => null,
        };
        if (unread is not null) throw new UserError($"agreement: on.{unread} is never read; give {unread} of agreement itself");
        if (questions is Agreement) throw new UserError("agreement: on.name is agreement, which has no questions of its own; name the benchmark whose questions are asked");
    }

    private Agreement(Options options, Benchmark questions) => (this.options, this.questions) = (options, questions);

    /// <summary>Who the teacher is, and what is asked.</summary>
    public sealed record Options
    {
        /// <summary>The teacher's folder; null in a recipe for the teacher of the model's own stages.</summary>
        [RecipePath]
        public string? Teacher { get; init; }

        /// <summary>The benchmark whose questions are asked. Its files and its limit are those of this one.</summary>
        public BenchmarkSpec On { get; init; } = new() { Name = "world" };
    }

    /// <summary>A question and what became of it.</summary>
    /// <param name="Same">Whether both answers are the same after trimming and lower-casing.</param>
    /// <param name="Tokens">Tokens of the teacher's answer, its end included.</param>
    /// <param name="Kl">The sum over them of KL(teacher || student), nats.</param>
    /// <param name="SameTokens">At how many of them both find the same token most likely.</param>
    public sealed record Scored(bool Same, int Tokens, double Kl, int SameTokens);

    /// <inheritdoc/>
    public override bool HasFiles => questions.HasFiles;

    /// <inheritdoc/>
    public override int MaxNewTokens => questions.MaxNewTokens;

    /// <summary>The teacher's folder; null for that of the recipe.</summary>
    public string? Teacher => options.Teacher;

    /// <inheritdoc/>
    public override Benchmark FittedTo(LlavaConfig model) => new Agreement(options, questions.FittedTo(model));

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => questions.Questions(data);

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, string> ReadItems(BenchmarkFolder data) =>
        questions.Questions(data).Select(question => Key(question.Id, question.Prompt)).ToDictionary(key => key);

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path) => PublishedFile.Rows(path)
        .Select(row => new AnswerRow(row.Text("question_id"), row.TextOr("prompt", ""), JsonSerializer.Serialize(AgreementRow.Read(row))));

    /// <inheritdoc/>
    protected override string KeyOf(AnswerRow row) => Key(row.QuestionId, row.Prompt);

    /// <inheritdoc/>
    protected override Scored ScoreOne(string item, AnswerRow answer) => JsonSerializer.Deserialize<AgreementRow>(answer.Text)!.Score();

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored)
    {
        long tokens = scored.Sum(one => (long)one.Tokens);
        return new Figures(new Dictionary<string, double>
        {
            ["same_answer"] = Figures.Share(scored, one => one.Same),
            ["kl"] = tokens == 0 ? 0 : scored.Sum(one => one.Kl) / tokens,
            ["same_token"] = Ratio.Of(scored.Sum(one => (long)one.SameTokens), tokens),
        });
    }

    private static string Key(string id, string prompt) => $"{id}\n{prompt}";
}
