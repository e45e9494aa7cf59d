using System.Text.Json;
using LlavaMod.Data;

namespace LlavaMod.Evaluation.Judges;

/// <summary>What a judge said.</summary>
/// <param name="Request">What it was asked.</param>
/// <param name="Completion">The chat completion, as the server sent it.</param>
public sealed record JudgeReply(JudgeRequest Request, JsonElement Completion)
{
    // Less deep than what other readers take: the cache and reviews put it into something.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>The reply's text; empty where the judge said nothing, as models do that refuse or think too long.</summary>
    public string Text { get; } = TextOf(Completion) ?? throw new ArgumentException("no chat completion", nameof(Completion));

    /// <summary>Tokens that the judge read, as the server counts them; null where it does not say.</summary>
    public int? PromptTokens => Tokens("prompt_tokens");

    /// <summary>Tokens that it wrote; null where the server does not say.</summary>
    public int? CompletionTokens => Tokens("completion_tokens");

    /// <summary>A completion, or null where these bytes are none.</summary>
    internal static JsonElement? Parse(byte[] json)
    {
        try
        {
            JsonFile.RequireUnicode(json);
            var completion = JsonElement.Parse(json, Strict);
            return TextOf(completion) is null ? null : completion;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private int? Tokens(string name) =>
        Completion.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object
            && usage.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count >= 0 ? count : null;

    private static string? TextOf(JsonElement completion)
    {
        if (completion.ValueKind != JsonValueKind.Object || !completion.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array
            || choices.GetArrayLength() == 0 || choices[0].ValueKind != JsonValueKind.Object || !choices[0].TryGetProperty("message", out var message)
            || message.ValueKind != JsonValueKind.Object) return null;
        return !message.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.Null ? ""
            : content.ValueKind == JsonValueKind.String ? content.GetString() : null;
    }
}
