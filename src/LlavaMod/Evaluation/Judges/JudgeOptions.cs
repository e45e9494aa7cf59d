namespace LlavaMod.Evaluation.Judges;

/// <summary>Which model judges, and where it is.</summary>
public sealed record JudgeOptions
{
    /// <summary>Looked at first for the key.</summary>
    public const string KeyVariable = "LLAVAMOD_JUDGE_KEY";

    /// <summary>Looked at where <see cref="KeyVariable"/> is not set.</summary>
    public const string OpenAiKeyVariable = "OPENAI_API_KEY";

    private const decimal Million = 1_000_000;

    /// <summary>The address of an OpenAI-compatible server, up to the part in front of <c>/chat/completions</c>: <c>https://host/v1</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The judge's name, as the server knows it.</summary>
    public required string Model { get; init; }

    /// <summary>The key; null where the server wants none. It goes into the request's Authorization and nowhere else.</summary>
    public string? Key { get; init; }

    /// <summary>What a million tokens of prompts costs, in dollars; null where nobody said.</summary>
    public decimal? PromptPrice { get; init; }

    /// <summary>What a million tokens of replies costs, in dollars; null where nobody said.</summary>
    public decimal? CompletionPrice { get; init; }

    /// <summary>How long one try may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The key that the environment gives, or null.</summary>
    public static string? KeyOfEnvironment() => Variable(KeyVariable) ?? Variable(OpenAiKeyVariable);

    /// <summary>Reads a server's address.</summary>
    /// <exception cref="UserError">It is no address of the web, or holds more than scheme, host, port and path.</exception>
    public static Uri ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { UserInfo: "", Query: "", Fragment: "" }
            ? url
            : throw new UserError("a judge's address is like http://localhost:8000/v1, without user, question mark or #; the one given is not");

    /// <summary>What tokens cost in dollars; null where the prices are not known.</summary>
    public decimal? Cost(long promptTokens, long completionTokens) => (promptTokens * PromptPrice + completionTokens * CompletionPrice) / Million;

    /// <summary>Without the key.</summary>
    public override string ToString() => $"{Model} at {Url}";

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name)?.Trim() is { Length: > 0 } value ? value : null;
}
