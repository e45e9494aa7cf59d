namespace LlavaMod.Generation;

/// <summary>An answer of a <see cref="ChatModel"/>, and the time it took.</summary>
/// <param name="Generated">Tokens, text, why it ended, what it took.</param>
/// <param name="Steps">Steps, the first of which passes the prompt through the model.</param>
/// <param name="Prefill">Until the first token: the pictures and the prompt.</param>
/// <param name="Decode">From the first token to the last.</param>
public sealed record ChatAnswer(GeneratedAnswer Generated, int Steps, TimeSpan Prefill, TimeSpan Decode)
{
    /// <summary>The text.</summary>
    public string Text => Generated.Text;

    /// <summary>Tokens of the prompt a second.</summary>
    public double PrefillTokensPerSecond => Generated.PromptTokens / Prefill.TotalSeconds;

    /// <summary>Further tokens a second; null where the first one was the last.</summary>
    public double? TokensPerSecond => Steps > 1 ? (Steps - 1) / Decode.TotalSeconds : null;
}
