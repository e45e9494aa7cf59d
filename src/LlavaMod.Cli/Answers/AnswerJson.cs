using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Generation;
using LlavaMod.Tokenization;

namespace LlavaMod.Cli.Answers;

/// <summary>Answers as JSON.</summary>
internal static class AnswerJson
{
    // Programs read it, no browser does: letters stay letters.
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>One answer with all that is known of it.</summary>
    /// <param name="answer">The answer, or what has come of it.</param>
    /// <param name="options">How it was made.</param>
    /// <param name="tokenizer">Spells tokens.</param>
    public static string Of(LiveAnswer answer, GenerationOptions options, Tokenizer tokenizer)
    {
        var taken = answer.Statistics;
        var json = new JsonObject
        {
            ["text"] = answer.Text,
            ["finish_reason"] = Reason(taken.Finish),
            ["usage"] = Usage(taken.PromptTokens, taken.Tokens),
            ["timing"] = new JsonObject
            {
                ["prefill_seconds"] = taken.Prefill.TotalSeconds, ["decode_seconds"] = taken.Decode.TotalSeconds, ["tokens_per_second"] = taken.TokensPerSecond,
            },
            ["options"] = JsonSerializer.SerializeToNode(options, Options),
        };
        AddLogProbabilities(json, answer.Whole, tokenizer);
        return json.ToJsonString(Options);
    }

    /// <summary>One answer of many.</summary>
    /// <param name="id">The prompt's id.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="tokenizer">Spells tokens.</param>
    public static string Of(string id, GeneratedAnswer answer, Tokenizer tokenizer)
    {
        var json = new JsonObject
        {
            ["id"] = id, ["text"] = answer.Text, ["finish_reason"] = Reason(answer.Finish), ["usage"] = Usage(answer.PromptTokens, answer.CompletionTokens),
        };
        AddLogProbabilities(json, answer, tokenizer);
        return json.ToJsonString(Options);
    }

    private static string Reason(FinishReason? reason) => reason?.ToString().ToLowerInvariant() ?? "cancelled";

    private static JsonObject Usage(int prompt, int completion) =>
        new() { ["prompt_tokens"] = prompt, ["completion_tokens"] = completion, ["total_tokens"] = prompt + completion };

    private static void AddLogProbabilities(JsonObject json, GeneratedAnswer? answer, Tokenizer tokenizer)
    {
        if (answer?.LogProbabilities is not { } tokens) return;
        json["logprobs"] = new JsonArray([.. tokens.Select(token =>
        {
            var entry = Token(token.Token, token.LogProbability);
            entry["top"] = new JsonArray([.. token.MostLikely.Select(likely => Token(likely.Token, likely.LogProbability))]);
            return entry;
        })]);

        // Embeddings may be padded beyond the tokenizer's last token.
        JsonObject Token(int id, double value) =>
            new() { ["id"] = id, ["token"] = id < tokenizer.VocabSize ? tokenizer.Decode([id]) : "", ["logprob"] = value };
    }
}
