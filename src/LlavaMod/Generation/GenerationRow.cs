using System.Buffers.Binary;
using System.Security.Cryptography;
using LlavaMod.Data;
using LlavaMod.Tokenization;

namespace LlavaMod.Generation;

/// <summary>One request of a session on its way: what has been chosen, and what the next choice depends on.</summary>
internal sealed class GenerationRow
{
    private static readonly HashSet<int> None = [];

    private readonly GenerationOptions options;
    private readonly HashSet<int> ends;
    private readonly AnswerText? text;
    private readonly HashSet<int> seen = None; // what the repetition penalty is about
    private readonly List<int> tokens = [];
    private readonly List<TokenLogProbability> logProbabilities = [];
    private readonly int promptTokens;
    private readonly int limit;
    private ulong random;

    /// <summary>Begins an answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tokensPerImage">Tokens that an image takes.</param>
    /// <param name="longest">The model's longest sequence.</param>
    /// <param name="tokenizer">For text and stop strings; null for tokens alone.</param>
    /// <param name="ends">Tokens that end every answer.</param>
    /// <exception cref="UserError">An option is out of its range, or the prompt leaves no room for an answer.</exception>
    public GenerationRow(GenerationRequest request, int tokensPerImage, int longest, Tokenizer? tokenizer, IReadOnlyCollection<int> ends)
    {
        var sequence = request.Prompt.Sequence;
        options = request.Options;
        options.Validate();
        if (options.Stop.Count > 0 && tokenizer is null) throw new ArgumentException("stop strings need a tokenizer", nameof(request));
        promptTokens = Splicer.LengthOf(sequence, tokensPerImage);
        if (promptTokens >= longest)
            throw new UserError($"{sequence.Id} has {promptTokens} tokens with its pictures; the model reads {longest} in all, the answer included: ask less at once");
        limit = Math.Min(options.MaxNewTokens, longest - promptTokens);
        // Decoding leaves special tokens out of the text, so that no stop string is found there.
        var special = options.Stop.Select(stop => tokenizer!.IdOf(stop)).OfType<int>().Where(id => tokenizer!.Texts.IsSpecial(id));
        this.ends = [.. ends, .. special];
        if (tokenizer is not null) text = new AnswerText(tokenizer, options.Stop);
        if (options.RepetitionPenalty != 1) seen = [.. sequence.InputIds.Where(id => id != Splicer.ImageId)];
        random = (ulong)(options.Seed ?? BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long))));
    }

    /// <summary>Tokens of the prompt, every image counted as the tokens that it takes.</summary>
    public int PromptTokens => promptTokens;

    /// <summary>Most tokens of the answer.</summary>
    public int Limit => limit;

    /// <summary>The last token.</summary>
    public int Last { get; private set; }

    /// <summary>Why it ended; null while it goes on.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Whether the choice takes more than the largest logit.</summary>
    public bool NeedsLogits => options.Temperature > 0 || options.RepetitionPenalty != 1 || options.LogProbabilities is not null;

    /// <summary>Takes the next token from logits [V].</summary>
    /// <returns>The token and the text that is certain with it.</returns>
    public (int Token, string Text) Choose(ReadOnlySpan<float> logits, Sampler sampler, LogProbabilities probabilities)
    {
        int token = sampler.Choose(logits, options, seen, ref random);
        if (options.LogProbabilities is { } count && !ends.Contains(token)) logProbabilities.Add(probabilities.Of(logits, token, count));
        return (token, Add(token));
    }

    /// <summary>Takes the next token; returns the text that is certain with it.</summary>
    public string Add(int token)
    {
        Last = token;
        if (ends.Contains(token)) return End(FinishReason.Stop);
        tokens.Add(token);
        if (options.RepetitionPenalty != 1) seen.Add(token);
        string piece = text?.Append(token) ?? "";
        if (text is { Stopped: true }) Finish = FinishReason.Stop;
        return Finish is null && tokens.Count == limit ? piece + End(FinishReason.Length) : piece;
    }

    private string End(FinishReason reason)
    {
        string rest = text?.End() ?? "";
        Finish = text is { Stopped: true } ? FinishReason.Stop : reason;
        return rest;
    }

    /// <summary>The answer as far as it has come.</summary>
    public GeneratedAnswer Answer => new()
    {
        Tokens = tokens,
        Text = text?.ToString() ?? "",
        Finish = Finish ?? throw new InvalidOperationException("the answer has not ended yet"),
        LogProbabilities = options.LogProbabilities is null ? null : logProbabilities,
        PromptTokens = promptTokens,
    };
}
