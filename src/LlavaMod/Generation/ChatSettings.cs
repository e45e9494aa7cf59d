using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlavaMod.Generation;

/// <summary>Microsoft.Extensions.AI's options as those of this engine. What changes answers and is not done here is refused.</summary>
internal static class ChatSettings
{
    /// <summary>Reads options.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="defaults">What they leave open.</param>
    /// <param name="modelId">The model that is served.</param>
    /// <exception cref="UserError">Something that is not done here, or a value out of its range.</exception>
    public static GenerationOptions Read(ChatOptions? options, GenerationOptions defaults, string modelId)
    {
        if (options is null) return defaults;
        Refuse(options, modelId);
        var settings = defaults with
        {
            MaxNewTokens = options.MaxOutputTokens ?? defaults.MaxNewTokens,
            Temperature = Exact(options.Temperature) ?? defaults.Temperature,
            TopP = Exact(options.TopP) ?? defaults.TopP,
            TopK = options.TopK ?? defaults.TopK,
            MinP = Number(options, "min_p") ?? defaults.MinP,
            RepetitionPenalty = Number(options, "repetition_penalty") ?? defaults.RepetitionPenalty,
            Seed = options.Seed,
            Stop = options.StopSequences is { } stops ? [.. stops] : [],
            LogProbabilities = Count(options, "logprobs"),
        };
        settings.Validate("chat options");
        return settings;
    }

    private static void Refuse(ChatOptions options, string modelId)
    {
        if (options.ModelId is { } asked && asked != modelId) throw new UserError($"chat options: the model '{asked}' is asked for; this is '{modelId}'");
        if (options.FrequencyPenalty is { } frequency and not 0) throw Unsupported($"frequency penalty {frequency}", "repetition_penalty among the additional properties is");
        if (options.PresencePenalty is { } presence and not 0) throw Unsupported($"presence penalty {presence}", "repetition_penalty among the additional properties is");
        if (options.Tools is { Count: > 0 } tools) throw Unsupported($"{tools.Count} tools", "answers are text");
        if (options.ToolMode is RequiredChatToolMode) throw Unsupported("a tool mode that requires a tool", "answers are text");
        if (options.ResponseFormat is ChatResponseFormatJson) throw Unsupported("a response format of JSON", "answers are text");
        if (options.ConversationId is not null) throw Unsupported("a conversation id", "send the whole conversation");
    }

    private static UserError Unsupported(string what, string instead) => new($"chat options: {what} is not supported; {instead}");

    // 0.7f is meant as 0.7, not as 0.699999988079071.
    private static double? Exact(float? value) => value is { } number ? double.Parse(number.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;

    private static int? Count(ChatOptions options, string name) => Number(options, name) is not { } number
        ? null
        : number is >= 0 and <= int.MaxValue && number == Math.Floor(number) ? (int)number : throw NotANumber(name, number, "a whole number");

    private static double? Number(ChatOptions options, string name)
    {
        if (options.AdditionalProperties?.TryGetValue(name, out object? value) != true || value is null) return null;
        return value switch
        {
            float single => Exact(single),
            double or decimal or int or long => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            JsonElement { ValueKind: JsonValueKind.Number } json => json.GetDouble(),
            JsonElement { ValueKind: JsonValueKind.Null } => null,
            _ => throw NotANumber(name, value, "a number"),
        };
    }

    private static UserError NotANumber(string name, object value, string kind) =>
        new($"chat options: {name} '{Convert.ToString(value, CultureInfo.InvariantCulture)}' must be {kind}");
}
