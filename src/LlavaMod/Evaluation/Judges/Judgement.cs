using LlavaMod.Data;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Runs;

namespace LlavaMod.Evaluation.Judges;

/// <summary>A benchmark's answers, to be judged.</summary>
/// <param name="rubric">The benchmark's rubric.</param>
/// <param name="prompt">The words with which the judge is asked; null for the rubric's own.</param>
public sealed class Judgement(Rubric rubric, JudgePrompt? prompt = null)
{
    private const int AtOnce = 4;
    private const double Warmer = 0.5; // as MM-Vet's script asks again

    private readonly JudgePrompt words = prompt ?? rubric.Prompt;

    /// <summary>
    /// Asks the judge about every answer, a few at once, and writes its reviews. A reply without a score is asked for once more at a higher temperature;
    /// where that fails too, the review is written as it is and scored as the benchmark's script does.
    /// </summary>
    /// <param name="judge">The judge.</param>
    /// <param name="data">The benchmark's published files.</param>
    /// <param name="answers">The answers.</param>
    /// <param name="reviews">Where the reviews go.</param>
    /// <param name="allowPartial">Whether questions may lack an answer.</param>
    /// <param name="progress">Told how many answers of how many are judged; never by two threads at once.</param>
    /// <param name="stop">Stops it; what was judged stays in the judge's cache.</param>
    /// <exception cref="UserError">Files do not belong together, or the judge does not answer.</exception>
    public async Task<JudgeUse> Run(
        Judge judge, BenchmarkFolder data, string answers, string reviews, bool allowPartial = false, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        var tries = await Ask(judge, rubric.Requests(data, answers, words, allowPartial), progress, stop).ConfigureAwait(false);
        var last = tries.Select(replies => replies[^1]).ToList();
        AtomicFile.Write(reviews, stream => rubric.Write(stream, last, judge.Options.Model));
        var all = tries.SelectMany(replies => replies).ToList();
        var (read, written) = (all.Sum(reply => (long)(reply.PromptTokens ?? 0)), all.Sum(reply => (long)(reply.CompletionTokens ?? 0)));
        return new JudgeUse(
            judge.Options.Url.AbsoluteUri, judge.Options.Model, words.Name, words.Sha256, FileHash.Sha256(answers), all.Count, read, written,
            judge.Options.Cost(read, written), [.. last.Where(reply => !rubric.IsScored(reply.Text)).Select(reply => reply.Request.Key)]);
    }

    // The replies about each answer: one, or two where the first has no score.
    private async Task<JudgeReply[][]> Ask(Judge judge, IReadOnlyList<JudgeRequest> requests, Action<int, int>? progress, CancellationToken stop)
    {
        var tries = new JudgeReply[requests.Count][];
        var (done, counting) = (0, new Lock());
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop };
        await Parallel.ForAsync(0, requests.Count, options, async (index, cancelled) =>
        {
            var (request, first) = (requests[index], await judge.Ask(requests[index], cancelled).ConfigureAwait(false));
            tries[index] = rubric.IsScored(first.Text)
                ? [first]
                : [first, await judge.Ask(request with { Temperature = request.Temperature + Warmer }, cancelled).ConfigureAwait(false)];
            lock (counting) progress?.Invoke(++done, requests.Count);
        }).ConfigureAwait(false);
        return tries;
    }
}
