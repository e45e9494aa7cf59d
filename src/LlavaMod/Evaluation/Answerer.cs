using LlavaMod.Data;
using LlavaMod.Generation;
using LlavaMod.Models;
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

    /// <summary>The answers by id.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="progress">Told how many are answered.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public Dictionary<string, string> Answer(IReadOnlyList<EvaluationQuestion> questions, Action<int> progress, CancellationToken cancellation)
    {
        var generator = new GreedyGenerator(model, vision);
        var answers = new Dictionary<string, string>();
        // Prompts of one length need no padding, and answers of one kind end at about the same step.
        var prompts = questions.Select(question => (Question: question, Ids: encoding.Template.EncodePrompt(question.Turns, encoding.Tokenizer)))
            .OrderBy(prompt => prompt.Question.MaxNewTokens).ThenBy(prompt => prompt.Ids.Length).ToList();
        foreach (var batch in prompts.ChunkBy(prompt => prompt.Question.MaxNewTokens, BatchSize))
        {
            var inputs = batch.Select(prompt => new Prompt(new EncodedSample(prompt.Question.Id, prompt.Ids, prompt.Ids), prompt.Question.Images())).ToList();
            var tokens = generator.Generate(inputs, batch[0].Question.MaxNewTokens, encoding.EndOfAnswer, cancellation: cancellation);
            for (int i = 0; i < batch.Count; i++) answers.Add(batch[i].Question.Id, encoding.Tokenizer.Decode(tokens[i], skipSpecial: true).Trim());
            progress(answers.Count);
        }
        return answers;
    }
}

internal static class Chunks
{
    /// <summary>Runs of neighbours with an equal key, at most so many at a time.</summary>
    public static IEnumerable<List<T>> ChunkBy<T, TKey>(this IEnumerable<T> items, Func<T, TKey> key, int most)
    {
        var chunk = new List<T>();
        foreach (var item in items)
        {
            if (chunk.Count == most || (chunk.Count > 0 && !Equals(key(chunk[0]), key(item))))
            {
                yield return chunk;
                chunk = [];
            }
            chunk.Add(item);
        }
        if (chunk.Count > 0) yield return chunk;
    }
}
