namespace LlavaMod.Generation;

/// <summary>
/// How an answer is made from the model's distribution. The default is what LLaVA evaluates with: the most likely token, every time. Filters work
/// in transformers' order: repetition penalty, temperature, top-k, top-p, min-p. None of them takes the most likely token away, so that with
/// <see cref="Temperature"/> 0 only the repetition penalty matters.
/// </summary>
public sealed record GenerationOptions
{
    private const int MostTokens = 1 << 20, MostStops = 16, LongestStop = 1000, MostLogProbabilities = 20;
    private const double Hottest = 100, StrongestPenalty = 100;

    /// <summary>Most tokens of an answer, at least 1; fewer where the model's longest sequence leaves no room for them.</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>Logits are divided by it, 0 to 100; 0 takes the most likely token.</summary>
    public double Temperature { get; init; }

    /// <summary>
    /// Nucleus sampling (Holtzman et al. 2019, arXiv 1904.09751): the fewest tokens that together are at least so probable, above 0 and up to 1;
    /// 1 takes all.
    /// </summary>
    public double TopP { get; init; } = 1;

    /// <summary>The so many likeliest tokens (Fan et al. 2018, arXiv 1805.04833), those as likely as the last of them included; 0 takes all.</summary>
    public int TopK { get; init; }

    /// <summary>Tokens at least so many times as probable as the likeliest one (Nguyen et al. 2024, arXiv 2407.01082), 0 to 1; 0 takes all.</summary>
    public double MinP { get; init; }

    /// <summary>
    /// Divides the positive logits of words that the prompt or the answer holds already, and multiplies the negative ones (Keskar et al. 2019,
    /// "CTRL", arXiv 1909.05858); above 0 and up to 100, 1 changes nothing.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>The same seed, options, prompt and batch draw the same tokens; null takes one from the system's entropy.</summary>
    public long? Seed { get; init; }

    /// <summary>Texts that end an answer and are cut off it, at most 16 of up to 1000 characters; they need a tokenizer.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>
    /// Log-probabilities: null gives none, n those of every chosen token and of the n likeliest ones of its step, 0 to 20.
    /// </summary>
    public int? LogProbabilities { get; init; }

    /// <summary>Throws where a value is out of its range.</summary>
    /// <param name="where">What the message begins with.</param>
    /// <exception cref="UserError">The first value that is out of its range.</exception>
    public void Validate(string where = "generation")
    {
        Require(MaxNewTokens is >= 1 and <= MostTokens, $"max new tokens {MaxNewTokens} must be between 1 and {MostTokens}");
        Require(Temperature is >= 0 and <= Hottest, $"temperature {Temperature} must be between 0 (the most likely token) and {Hottest}");
        Require(TopP is > 0 and <= 1, $"top-p {TopP} must be above 0 and at most 1 (all tokens)");
        Require(TopK >= 0, $"top-k {TopK} must be positive, or 0 for all tokens");
        Require(MinP is >= 0 and <= 1, $"min-p {MinP} must be between 0 (all tokens) and 1");
        Require(RepetitionPenalty is > 0 and <= StrongestPenalty, $"repetition penalty {RepetitionPenalty} must be above 0 and at most {StrongestPenalty}; 1 changes nothing");
        Require(LogProbabilities is null or (>= 0 and <= MostLogProbabilities), $"{LogProbabilities} log-probabilities for each token were asked for; there are 0 to {MostLogProbabilities}");
        Require(Stop.Count <= MostStops, $"there are {Stop.Count} stop strings; at most {MostStops} are looked for");
        foreach (string stop in Stop)
        {
            Require(stop.Length is >= 1 and <= LongestStop, $"a stop string has {stop.Length} characters; it must have 1 to {LongestStop}");
            Require(!char.IsLowSurrogate(stop[0]), "a stop string begins with half a character");
        }

        void Require(bool holds, string rule)
        {
            if (!holds) throw new UserError($"{where}: {rule}");
        }
    }
}
