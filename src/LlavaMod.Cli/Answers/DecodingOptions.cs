using System.CommandLine;
using LlavaMod.Generation;

namespace LlavaMod.Cli.Answers;

/// <summary>The options of a verb that say how answers are made.</summary>
internal sealed class DecodingOptions
{
    private static readonly GenerationOptions Default = new();

    private readonly Option<int> maxNewTokens = new("--max-new-tokens")
    {
        HelpName = "N", Description = "Most tokens of an answer", DefaultValueFactory = _ => Default.MaxNewTokens,
    };

    private readonly Option<double> temperature = new("--temperature")
    {
        HelpName = "T", Description = "Draw tokens, more freely the higher it is; 0 takes the most likely one", DefaultValueFactory = _ => Default.Temperature,
    };

    private readonly Option<double> topP = new("--top-p")
    {
        HelpName = "P", Description = "Draw from the fewest tokens that are so probable together", DefaultValueFactory = _ => Default.TopP,
    };

    private readonly Option<int> topK = new("--top-k") { HelpName = "K", Description = "Draw from the K likeliest tokens; 0 for all", DefaultValueFactory = _ => Default.TopK };

    private readonly Option<double> minP = new("--min-p")
    {
        HelpName = "P", Description = "Draw from tokens at least P times as probable as the likeliest one", DefaultValueFactory = _ => Default.MinP,
    };

    private readonly Option<double> repetitionPenalty = new("--repetition-penalty")
    {
        HelpName = "R", Description = "Above 1: make what has been said less likely", DefaultValueFactory = _ => Default.RepetitionPenalty,
    };

    private readonly Option<long?> seed = new("--seed") { HelpName = "S", Description = "The same seed draws the same tokens [default: another one each time]" };

    private readonly Option<string[]> stop = new("--stop") { HelpName = "TEXT", Description = "End an answer before this text; may be given more than once" };

    private readonly Option<string?> system = new("--system") { HelpName = "TEXT", Description = "What the chat template says first, instead of its own text" };

    private IReadOnlyList<Option> All => [maxNewTokens, temperature, topP, topK, minP, repetitionPenalty, seed, stop, system];

    /// <summary>Gives a verb these options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All) command.Add(option);
    }

    /// <summary>The system text; null leaves the template's own.</summary>
    public string? System(ParseResult parse) => parse.GetValue(system);

    /// <summary>What was asked for. Where tokens are drawn and no seed is given, one is made up, so that the answer can be had again.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="logProbabilities">How many alternatives to each token; null for no log-probabilities.</param>
    /// <exception cref="UserError">A value is out of its range.</exception>
    public GenerationOptions Read(ParseResult parse, int? logProbabilities = null)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = parse.GetValue(maxNewTokens),
            Temperature = parse.GetValue(temperature),
            TopP = parse.GetValue(topP),
            TopK = parse.GetValue(topK),
            MinP = parse.GetValue(minP),
            RepetitionPenalty = parse.GetValue(repetitionPenalty),
            Seed = parse.GetValue(seed) ?? (parse.GetValue(temperature) > 0 ? Random.Shared.Next() : null),
            Stop = parse.GetValue(stop) ?? [],
            LogProbabilities = logProbabilities,
        };
        options.Validate("options");
        return options;
    }
}
