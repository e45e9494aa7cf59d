using LlavaMod.Data;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Evaluation;

/// <summary>Answers questions greedily, many at a time.</summary>
/// <param name="model">The model.</param>
/// <param name="encoding">Tokenizer and template.</param>
/// <param name="vision">Features of the model's tower.</param>
public sealed class Answerer(Llava model, SampleEncoding encoding, VisionFeatures vision) : IRespondent
{
    private const int BatchSize = 64;
    private const long MostCacheBytes = 1L << 31;

    private readonly Generator generator = new(model, vision, encoding.Tokenizer, encoding.EndsOfAnswer);

    /// <summary>The model.</summary>
    public Llava Model => model;

    /// <summary>Tokenizer and template.</summary>
    public SampleEncoding Encoding => encoding;

    /// <summary>Features of the model's tower.</summary>
    public VisionFeatures Vision => vision;

    /// <summary>The answers by id.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="progress">Told how many are answered.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="UserError">A question leaves no room for its answer in the model's longest sequence.</exception>
    public Dictionary<string, string> Answer(IReadOnlyList<EvaluationQuestion> questions, Action<int> progress, CancellationToken cancellation)
    {
        var answers = new Dictionary<string, string>();
        foreach (var batch in Batches(questions))
        {
            foreach (var (question, answer) in batch.Zip(Generate(batch, cancellation))) answers.Add(question.Id, answer.Text);
            progress(answers.Count);
        }
        return answers;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Response> Answer(IReadOnlyList<EvaluationQuestion> batch, CancellationToken cancellation) =>
        [.. Generate(batch, cancellation).Select(answer => new Response(answer.Text))];

    /// <summary>The answers to one batch, in its order.</summary>
    public IReadOnlyList<GeneratedAnswer> Generate(IReadOnlyList<EvaluationQuestion> batch, CancellationToken cancellation) => generator.Generate(
        [.. batch.Select(question => new GenerationRequest(new Prompt(Sequence(question), question.Images(encoding)), new GenerationOptions { MaxNewTokens = question.MaxNewTokens }))],
        cancellation: cancellation);

    /// <inheritdoc/>
    public string? Refuses(EvaluationQuestion question)
    {
        int length = Splicer.LengthOf(Sequence(question), model.TokensPerImage), longest = model.Config.Language.MaxPositionEmbeddings;
        return length < longest ? null : $"it has {length} tokens with its pictures, and the model reads {longest} in all, the answer included";
    }

    /// <summary>A question's ids, up to where the answer begins.</summary>
    internal EncodedSample Sequence(EvaluationQuestion question)
    {
        int[] ids = encoding.Template.EncodePrompt(question.Turns, encoding.Tokenizer);
        return new EncodedSample(question.Id, ids, ids);
    }

    /// <inheritdoc/>
    /// <remarks>Neighbours in length with one limit, as many as the key-value cache may hold.</remarks>
    public IEnumerable<IReadOnlyList<EvaluationQuestion>> Batches(IReadOnlyList<EvaluationQuestion> questions)
    {
        long mostTokens = MostCacheBytes / KvCache.BytesPerToken(model.Config.Language, model.Parameters.DType);
        var batch = new List<EvaluationQuestion>();
        long longest = 0;
        // Prompts of one length need no padding, and answers of one kind end at about the same step.
        foreach (var (question, sequence) in questions.Select(question => (question, Sequence: Sequence(question)))
            .OrderBy(item => item.question.MaxNewTokens).ThenBy(item => item.Sequence.InputIds.Length))
        {
            long tokens = Splicer.LengthOf(sequence, model.TokensPerImage) + question.MaxNewTokens;
            bool fits = batch.Count < BatchSize && (batch.Count + 1) * Math.Max(longest, tokens) <= mostTokens;
            if (batch.Count > 0 && !(fits && batch[0].MaxNewTokens == question.MaxNewTokens))
            {
                yield return batch;
                (batch, longest) = ([], 0);
            }
            batch.Add(question);
            longest = Math.Max(longest, tokens);
        }
        if (batch.Count > 0) yield return batch;
    }
}
