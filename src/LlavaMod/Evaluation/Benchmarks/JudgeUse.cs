namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Which judge has graded answers, and what that took. Answers that came from a cache count like others, so that a repeated run says the same.</summary>
/// <param name="Model">The judge's name, as its endpoint knows it.</param>
/// <param name="PromptSha256">SHA-256, in lower-case hex, of the prompt in which answers are put before it.</param>
/// <param name="Requests">How often it was asked.</param>
/// <param name="InputTokens">Tokens that it read.</param>
/// <param name="OutputTokens">Tokens that it wrote.</param>
/// <param name="Cost">What that costs, in the currency of the prices given; null without prices.</param>
public sealed record JudgeUse(string Model, string PromptSha256, int Requests, long InputTokens, long OutputTokens, decimal? Cost);
