using System.Globalization;
using System.Text.Json;
using LlavaMod.Evaluation.Benchmarks;

namespace LlavaMod.Evaluation.Judges;

/// <summary>
/// MM-Vet's judge (Yu et al. 2023, arXiv 2308.02490, section 3.3): it compares an answer with the true one, and says from 0.0 to 1.0 how right it is,
/// after a few examples. Answers: MM-Vet's object <c>{id: text}</c>, or LLaVA's JSON Lines, whose ids may lack the <c>v1_</c>.
/// </summary>
public sealed class MmVetRubric : Rubric
{
    /// <inheritdoc/>
    public override JudgePrompt Prompt { get; } = new("llavamod/mm-vet/1", """
        Say how right an answer to a question about a picture is, by comparing it with the truth. In the truth, <AND> joins parts that must all be in the
        answer, and each part that is missing or wrong takes off its share; <OR> joins alternatives, one of which is enough. Wording, units written in
        another way and further remarks that are true do not matter. Reply with the grade and nothing else: 0.0 (all wrong), 0.1, 0.2, ... or 1.0
        (all right).

        Question: How many ducks swim on the pond? | Truth: 4 | Answer: There are four of them. | Grade: 1.0
        Question: How many ducks swim on the pond? | Truth: 4 | Answer: About five ducks | Grade: 0.0
        Question: What do the two signs say? | Truth: exit <AND> no smoking | Answer: One of the signs says EXIT. | Grade: 0.5
        Question: What do the two signs say? | Truth: exit <AND> no smoking | Answer: They read "Exit" and "No parking". | Grade: 0.5
        Question: What do the two signs say? | Truth: exit <AND> no smoking | Answer: "No smoking", and "Exit" | Grade: 1.0
        Question: Which animal is on the mug? | Truth: fox <OR> red fox | Answer: It shows a fox in the snow. | Grade: 1.0
        Question: Which animal is on the mug? | Truth: fox <OR> red fox | Answer: A dog | Grade: 0.0
        Question: Why is the cartoon funny? | Truth: The snail carries a parcel marked "express", although snails are the slowest of couriers. | Answer: A small animal has to carry something large. | Grade: 0.2
        Question: Why is the cartoon funny? | Truth: The snail carries a parcel marked "express", although snails are the slowest of couriers. | Answer: Express mail is brought by a snail, of all animals. | Grade: 0.9

        Question: {question} | Truth: {reference} | Answer: {answer} | Grade:
        """);

    /// <inheritdoc/>
    public override string ReviewsExtension => ".json";

    /// <inheritdoc/>
    protected override double Temperature => 0;

    /// <inheritdoc/>
    protected override int MaxTokens => 16; // a grade has three

    /// <inheritdoc/>
    public override bool IsScored(string reply) => GradeOf(reply) is not null;

    /// <summary>Writes an object <c>{id: {model: [name], content: [reply], score: [grade]}}</c>; the grade of a reply without one is 0.</summary>
    /// <inheritdoc/>
    public override void Write(Stream stream, IReadOnlyList<JudgeReply> replies, string model) => JsonSerializer.Serialize(
        stream,
        replies.ToDictionary(reply => reply.Request.Key, reply => new { model = new[] { model }, content = new[] { reply.Text }, score = new[] { GradeOf(reply.Text) ?? 0 } }),
        Indented);

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, JudgedQuestion> ReadQuestions(BenchmarkFolder data)
    {
        string path = data.Find("mm-vet.json");
        return MmVet.Object(path).EnumerateObject().ToDictionary(entry => entry.Name, entry =>
        {
            var row = new PublishedRow($"{path}: {entry.Name}", 1, entry.Value);
            return new JudgedQuestion(row.Text("question"), Spaced(row.Text("answer")));
        });
    }

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path)
    {
        bool isLines = PublishedFile.Lines(path).FirstOrDefault(line => line.Length > 0)?.Contains("\"question_id\"", StringComparison.Ordinal) == true;
        return isLines
            ? base.ReadAnswers(path).Select(row => row with { QuestionId = MmVet.KeyOf(row.QuestionId) })
            : MmVet.Object(path).EnumerateObject().Select(entry => entry.Value.ValueKind == JsonValueKind.String
                ? new AnswerRow(entry.Name, "", entry.Value.GetString()!)
                : throw new UserError($"{path}: {entry.Name} is {entry.Value.ValueKind}; a judge reads answers, texts by id. To score a judge's grades give no --judge-url"));
    }

    private static double? GradeOf(string reply) =>
        double.TryParse(reply.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double grade)
            && grade is >= 0 and <= 1 ? grade : null;

    private static string Spaced(string truth) => truth.Replace("<AND>", " <AND> ", StringComparison.Ordinal).Replace("<OR>", " <OR> ", StringComparison.Ordinal);
}
