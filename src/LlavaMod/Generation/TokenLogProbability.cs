namespace LlavaMod.Generation;

/// <summary>How likely a token was: natural logarithms of the model's own distribution, before temperature and every filter.</summary>
/// <param name="Token">The token that was chosen.</param>
/// <param name="LogProbability">Its log-probability, at most 0.</param>
/// <param name="MostLikely">The likeliest tokens of that step, best first; equal ones by rising id.</param>
public sealed record TokenLogProbability(
    int Token, double LogProbability, IReadOnlyList<(int Token, double LogProbability)> MostLikely);
