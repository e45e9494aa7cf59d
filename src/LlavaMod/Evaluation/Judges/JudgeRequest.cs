using System.Text.Json.Nodes;

namespace LlavaMod.Evaluation.Judges;

/// <summary>One answer that a judge is asked about.</summary>
/// <param name="Key">The question's key.</param>
/// <param name="Prompt">All that the judge is told, as one message of the user.</param>
/// <param name="Temperature">From 0 on; 0 takes the likeliest reply.</param>
/// <param name="MaxTokens">Tokens of the reply at most.</param>
/// <param name="Category">The question's category; empty where the benchmark has none.</param>
public sealed record JudgeRequest(string Key, string Prompt, double Temperature, int MaxTokens, string Category = "")
{
    /// <summary>The request as OpenAI's chat completions take it.</summary>
    /// <param name="model">The judge's name.</param>
    public JsonObject ToJson(string model) => new()
    {
        ["model"] = model,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Prompt }),
        ["temperature"] = Temperature,
        ["max_tokens"] = MaxTokens,
    };
}
