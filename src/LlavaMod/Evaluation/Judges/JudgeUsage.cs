using System.Globalization;

namespace LlavaMod.Evaluation.Judges;

/// <summary>What judging took.</summary>
/// <param name="Requests">Replies that were had, from the server or from the cache.</param>
/// <param name="FromCache">Those from the cache; they cost nothing now, and their tokens are not counted.</param>
/// <param name="Retries">Tries that failed and were made again.</param>
/// <param name="PromptTokens">Tokens that the judge read, as the server counts them.</param>
/// <param name="CompletionTokens">Tokens that it wrote.</param>
/// <param name="Uncounted">Replies whose tokens the server did not count.</param>
/// <param name="Cost">In dollars; null where the prices are not known.</param>
public sealed record JudgeUsage(int Requests, int FromCache, int Retries, long PromptTokens, long CompletionTokens, int Uncounted, decimal? Cost)
{
    /// <summary>All of it in one line.</summary>
    public override string ToString() => string.Join(", ", Parts());

    private IEnumerable<string> Parts()
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"judge: {Requests:N0} requests");
        yield return string.Create(CultureInfo.InvariantCulture, $"{FromCache:N0} from the cache");
        if (Retries > 0) yield return string.Create(CultureInfo.InvariantCulture, $"{Retries:N0} tried again");
        yield return string.Create(CultureInfo.InvariantCulture, $"{PromptTokens:N0} tokens read");
        yield return string.Create(CultureInfo.InvariantCulture, $"{CompletionTokens:N0} written");
        if (Uncounted > 0) yield return string.Create(CultureInfo.InvariantCulture, $"{Uncounted:N0} replies without a count of tokens");
        if (Cost is { } cost) yield return string.Create(CultureInfo.InvariantCulture, $"{(Uncounted > 0 ? "at least " : "")}${cost:N2}");
    }
}
