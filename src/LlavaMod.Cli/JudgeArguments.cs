using System.CommandLine;
using System.Globalization;
using LlavaMod.Evaluation.Judges;

namespace LlavaMod.Cli;

/// <summary>The options of verbs that may ask a judge.</summary>
internal sealed class JudgeArguments
{
    private const NumberStyles Dollars = NumberStyles.AllowDecimalPoint;

    private readonly Option<string?> url = new("--judge-url") { HelpName = "URL", Description = "Have a model judge the answers: an OpenAI-compatible server, such as http://localhost:8000/v1" };
    private readonly Option<string?> model = new("--judge-model") { HelpName = "NAME", Description = "The judge's name on that server" };
    private readonly Option<string?> prompt = new("--judge-prompt") { HelpName = "FILE", Description = "Ask in other words, with places {question}, {answer}, {reference}, {context}, {category}" };
    private readonly Option<string?> price = new("--judge-price") { HelpName = "IN,OUT", Description = "Dollars for a million tokens that the judge reads and writes, to say what it costs" };
    private readonly Option<string?> reviews = new("--reviews") { HelpName = "FILE", Description = "Where the judge's reviews go [default: beside the answers]" };

    /// <summary>Lets a verb take them.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[url, model, prompt, price, reviews]) command.Options.Add(option);
    }

    /// <summary>The judge that was named; null where none was.</summary>
    /// <exception cref="UserError">Something is missing, or is not what it should be.</exception>
    public ChosenJudge? Read(ParseResult parse)
    {
        if (parse.GetValue(url) is not { } address)
        {
            var stray = ((Option<string?>[])[model, prompt, price, reviews]).FirstOrDefault(option => parse.GetValue(option) is not null);
            return stray is null ? null : throw new UserError($"{stray.Name} belongs to --judge-url, which is missing");
        }
        var (input, output) = Prices(parse.GetValue(price));
        var options = new JudgeOptions
        {
            Url = JudgeOptions.ParseUrl(address),
            Model = parse.GetValue(model) is { Length: > 0 } name ? name : throw new UserError("--judge-url needs --judge-model, the judge's name on that server"),
            Key = JudgeOptions.KeyOfEnvironment(),
            PromptPrice = input,
            CompletionPrice = output,
        };
        return new ChosenJudge(options, parse.GetValue(prompt) is { } file ? JudgePrompt.Read(file) : null, parse.GetValue(reviews));
    }

    private static (decimal? Input, decimal? Output) Prices(string? text)
    {
        if (text is null) return (null, null);
        return text.Split(',') is [var first, var second]
            && decimal.TryParse(first, Dollars, CultureInfo.InvariantCulture, out decimal input) && decimal.TryParse(second, Dollars, CultureInfo.InvariantCulture, out decimal output)
            && input <= 1_000_000 && output <= 1_000_000
            ? (input, output)
            : throw new UserError($"--judge-price is two numbers like 2.5,10, dollars for a million tokens read and written, not '{text}'");
    }
}
