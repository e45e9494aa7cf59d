using LlavaMod.Data;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Evaluation;

/// <summary>One question of an evaluation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Turns">The conversation so far, the user's turn last.</param>
/// <param name="Images">Prepares its images. Called when its turn comes: the pictures of a whole dataset do not fit into memory at once.</param>
/// <param name="MaxNewTokens">Longest answer.</param>
public sealed record EvaluationQuestion(string Id, IReadOnlyList<Turn> Turns, Func<IReadOnlyList<PreparedImage>> Images, int MaxNewTokens);

/// <summary>Answers questions greedily, many at a time.</summary>
/// <param name="model">The model.</param>
/// <param name="encoding">Tokenizer and template.</param>
/// <param name="vision">Features of the model's tower.</param>
public sealed class Answerer(Llava model, SampleEncoding encoding, VisionFeatures vision)
{
    private const int BatchSize = 64;
    private const long MostCacheBytes = 1L << 31;

    /// <summary>The answers by id.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="progress">Told how many are answered.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="UserError">A question leaves no room for its answer in the model's longest sequence.</exception>
    public Dictionary<string, string> Answer(IReadOnlyList<EvaluationQuestion> questions, Action<int> progress, CancellationToken cancellation)
    {
        var generator = new Generator(model, vision, encoding.Tokenizer, encoding.EndsOfAnswer);
        var answers = new Dictionary<string, string>();
        // Prompts of one length need no padding, and answers of one kind end at about the same step.
        var asked = questions.Select(Encode).OrderBy(item => item.Question.MaxNewTokens).ThenBy(item => item.Sequence.InputIds.Length);
        foreach (var batch in Batches(asked))
        {
            var requests = batch.Select(item => new GenerationRequest(
                new Prompt(item.Sequence, item.Question.Images()), new GenerationOptions { MaxNewTokens = item.Question.MaxNewTokens })).ToList();
            foreach (var (item, answer) in batch.Zip(generator.Generate(requests, cancellation: cancellation))) answers.Add(item.Question.Id, answer.Text);
            progress(answers.Count);
        }
        return answers;
    }

    private (EvaluationQuestion Question, EncodedSample Sequence) Encode(EvaluationQuestion question)
    {
        int[] ids = encoding.Template.EncodePrompt(question.Turns, encoding.Tokenizer);
        return (question, new EncodedSample(question.Id, ids, ids));
    }

    // Neighbours with one limit, as many as the key-value cache may hold.
    private IEnumerable<List<(EvaluationQuestion Question, EncodedSample Sequence)>> Batches(
        IEnumerable<(EvaluationQuestion Question, EncodedSample Sequence)> asked)
    {
        long mostTokens = MostCacheBytes / KvCache.BytesPerToken(model.Config.Language, model.Parameters.DType);
        var batch = new List<(EvaluationQuestion Question, EncodedSample Sequence)>();
        long longest = 0;
        foreach (var item in asked)
        {
            long tokens = Splicer.LengthOf(item.Sequence, model.TokensPerImage) + item.Question.MaxNewTokens;
            bool fits = batch.Count < BatchSize && (batch.Count + 1) * Math.Max(longest, tokens) <= mostTokens;
            if (batch.Count > 0 && !(fits && batch[0].Question.MaxNewTokens == item.Question.MaxNewTokens))
            {
                yield return batch;
                (batch, longest) = ([], 0);
            }
            batch.Add(item);
            longest = Math.Max(longest, tokens);
        }
        if (batch.Count > 0) yield return batch;
    }
}
