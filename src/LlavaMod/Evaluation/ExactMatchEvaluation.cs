using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Evaluation;

/// <summary>
/// Answers compared with a dataset's own, letter by letter after trimming and lower-casing. Every assistant turn is a question; the turns
/// before it are given as the dataset has them.
/// </summary>
/// <param name="name">The dataset's name.</param>
/// <param name="dataset">The dataset.</param>
public sealed class ExactMatchEvaluation(string name, IDataset<Sample> dataset)
{
    private const int ShownSamples = 12;

    /// <summary>Asks a model everything and scores it.</summary>
    public EvaluationResult Run(Answerer answerer, Action<int, int> progress, CancellationToken cancellation)
    {
        var asked = dataset.Usable().SelectMany(row => Questions(row.Index, row.Sample)).ToList();
        var answers = answerer.Answer([.. asked.Select(item => item.Question)], done => progress(done, asked.Count), cancellation);
        var right = asked.ToLookup(item => item.Turn, item => ExactMatch.Same(answers[item.Question.Id], item.Expected));
        // Accuracy of the first question of every conversation, of the second, ...
        var byTurn = right.OrderBy(group => group.Key).ToDictionary(group => $"question_{group.Key}", group => group.Average(hit => hit ? 1.0 : 0.0));
        double accuracy = right.SelectMany(group => group).Average(hit => hit ? 1.0 : 0.0);
        return new EvaluationResult
        {
            Accuracy = accuracy,
            Details = JsonSerializer.Serialize(new { dataset = name, questions = asked.Count, accuracy, accuracy_by_question = byTurn }),
            Samples = [.. asked.Where(item => item.Turn == 1).Take(ShownSamples).Select(item => new SampleAnswer(
                Picture(item.Sample), item.Question.Turns[^1].Text.Replace("<image>\n", "", StringComparison.Ordinal), item.Expected, answers[item.Question.Id]))],
        };
    }

    private IEnumerable<(EvaluationQuestion Question, string Expected, int Turn, Sample Sample)> Questions(int index, Sample sample)
    {
        return ExactMatch.In(sample).Select(one => (new EvaluationQuestion($"{index}/{one.Turn - 1}", one.Before, Images, ExactMatch.AnswerTokens), one.Answer, one.Turn, sample));

        IReadOnlyList<PreparedImage> Images(SampleEncoding encoding) => encoding.Prepare(name, dataset, sample.Images);
    }

    private string Picture(Sample sample) => sample.Images.Count == 0
        ? ""
        : Convert.ToBase64String(PngEncoder.Encode(ImageDecoder.Decode(dataset.Images.Read(sample.Images[0]), sample.Images[0])));
}
