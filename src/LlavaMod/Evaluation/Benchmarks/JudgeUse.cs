namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Which judge has graded answers, and what that took. Answers that came from a cache count like others, so that a repeated run says the same.</summary>
/// <param name="Url">The address of its server.</param>
/// <param name="Model">The judge's name, as its endpoint knows it.</param>
/// <param name="Prompt">The name of the prompt in which answers are put before it.</param>
/// <param name="PromptSha256">SHA-256 of the prompt, in lower-case hex: scores are comparable where it is the same.</param>
/// <param name="JudgedSha256">SHA-256 of the file of answers that it graded, in lower-case hex; the result's own answers are its reviews.</param>
/// <param name="Requests">How often it was asked.</param>
/// <param name="InputTokens">Tokens that it read.</param>
/// <param name="OutputTokens">Tokens that it wrote.</param>
/// <param name="Cost">What that costs, in the currency of the prices given; null without prices.</param>
/// <param name="Unparsed">Questions in whose reviews there is no score, also after it was asked again.</param>
public sealed record JudgeUse(
    string Url,
    string Model,
    string Prompt,
    string PromptSha256,
    string JudgedSha256,
    int Requests,
    long InputTokens,
    long OutputTokens,
    decimal? Cost,
    IReadOnlyList<string> Unparsed);
