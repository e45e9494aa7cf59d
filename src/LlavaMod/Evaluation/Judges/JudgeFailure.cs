using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using LlavaMod.Data;

namespace LlavaMod.Evaluation.Judges;

/// <summary>Says in one line why a judge does not answer, and what to do.</summary>
internal static class JudgeFailure
{
    private const int LongestQuote = 300;

    /// <summary>The server refused.</summary>
    public static UserError OfStatus(JudgeOptions options, PipelineResponse response) => new(
        $"the judge at {options.Url} answers {response.Status} ({OneLine.Of(response.ReasonPhrase, LongestQuote)}){Said(options, response.Content)}; {Advice(options, response.Status)}");

    /// <summary>The server's answer is something else than a chat completion.</summary>
    public static UserError OfContent(JudgeOptions options, BinaryData content) =>
        new($"the judge at {options.Url} does not answer with a chat completion{Said(options, content)}; is the address right? It is the part in front of /chat/completions");

    /// <summary>There was no answer.</summary>
    public static UserError OfConnection(JudgeOptions options, Exception exception)
    {
        var last = exception is AggregateException tries ? tries.InnerExceptions[^1] : exception;
        string reason = last is OperationCanceledException ? $"no answer within {options.Timeout.TotalSeconds:0.###} seconds" : Quote(options, last.GetBaseException().Message);
        string times = exception is AggregateException all ? $"; tried {all.InnerExceptions.Count} times" : "";
        return new UserError($"the judge at {options.Url} cannot be reached: {reason}{times}. What was judged is kept: the same command goes on", exception);
    }

    private static string Advice(JudgeOptions options, int status) => status switch
    {
        401 or 403 when options.Key is null => $"set {JudgeOptions.KeyVariable} or {JudgeOptions.OpenAiKeyVariable} in the environment",
        401 or 403 => $"is the key in {JudgeOptions.KeyVariable} or {JudgeOptions.OpenAiKeyVariable} right, and allowed to use {options.Model}?",
        404 => $"is the address right, up to the part in front of /chat/completions, and does the server have a model {options.Model}?",
        >= 300 and < 400 => "it points elsewhere, where nobody goes unasked; give the address itself",
        408 or 429 or >= 500 => $"tried {JudgeRetries.MostRetries + 1} times. What was judged is kept: the same command goes on",
        _ => $"does {options.Model} take temperature and max_tokens?",
    };

    private static string Said(JudgeOptions options, BinaryData content)
    {
        string text = Message(content) ?? Encoding.UTF8.GetString(content);
        return text.Length == 0 ? "" : $": {Quote(options, text)}";
    }

    // Some servers quote the key that they do not like.
    private static string Quote(JudgeOptions options, string text) =>
        OneLine.Of(options.Key is { } key ? text.Replace(key, "(key)", StringComparison.Ordinal) : text, LongestQuote).Trim();

    // OpenAI's {"error": {"message": ...}}, and the shorter forms of others.
    private static string? Message(BinaryData content)
    {
        try
        {
            var json = JsonElement.Parse(content.ToMemory().Span);
            if (json.ValueKind != JsonValueKind.Object) return null;
            var error = json.TryGetProperty("error", out var found) ? found : json;
            if (error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var message)) error = message;
            return error.ValueKind == JsonValueKind.String ? error.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
