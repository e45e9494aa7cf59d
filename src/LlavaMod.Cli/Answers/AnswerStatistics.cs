using System.Globalization;
using LlavaMod.Generation;

namespace LlavaMod.Cli.Answers;

/// <summary>What an answer has taken.</summary>
/// <param name="PromptTokens">Tokens of the prompt with its pictures.</param>
/// <param name="Tokens">Tokens of the answer.</param>
/// <param name="Prefill">Until the first token.</param>
/// <param name="Decode">From the first token to the last.</param>
/// <param name="TokensPerSecond">Of those after the first; null without any.</param>
/// <param name="Finish">Why it ended; null for one that was stopped.</param>
internal sealed record AnswerStatistics(int PromptTokens, int Tokens, TimeSpan Prefill, TimeSpan Decode, double? TokensPerSecond, FinishReason? Finish)
{
    /// <summary>Tokens of the conversation with the answer.</summary>
    public int Context => PromptTokens + Tokens;

    /// <summary>Tokens a second, or a dash.</summary>
    public string Speed => TokensPerSecond is { } speed ? speed.ToString("F1", CultureInfo.InvariantCulture) : "-";

    /// <summary>Seconds until the first token.</summary>
    public string PrefillSeconds => Prefill.TotalSeconds.ToString("F2", CultureInfo.InvariantCulture);

    public override string ToString() => $"{Tokens} tokens, {Speed}/s, prefill of {PromptTokens}: {PrefillSeconds} s";
}
