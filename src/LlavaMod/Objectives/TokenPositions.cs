using LlavaMod.Data;

namespace LlavaMod.Objectives;

/// <summary>
/// The positions of a batch whose logits a token loss looks at. Logits at position t are the distribution of token t + 1, so a token is
/// learnt at the position before it: the one before the first response token belongs to the response, the one at its last token does not.
/// LLaVA-MoD and LLAVADI choose a position by its own token instead (<c>shifted: false</c>), and so miss the first and add one after the
/// last.
/// </summary>
/// <param name="Indices">Chosen positions, rising, as indices into [B * T].</param>
/// <param name="Targets">
/// The token after each position where the scope is response or prompt and the choice is shifted; -100 elsewhere, where there is no token
/// to predict. As many as <paramref name="Indices"/>.
/// </param>
public sealed record TokenPositions(long[] Indices, long[] Targets)
{
    /// <summary>Stands for no target.</summary>
    public const long NoTarget = -100;

    /// <summary>How many positions were chosen.</summary>
    public int Count => Indices.Length;

    /// <summary>Chooses the positions of a scope.</summary>
    /// <param name="kinds">What stands at each position, [B * T] row by row.</param>
    /// <param name="tokens">
    /// The token id at each position, [B * T]; read at prompt and response positions only. For the response alone, labels serve as well.
    /// </param>
    /// <param name="length">T, the length of a row.</param>
    /// <param name="scope">Which tokens count.</param>
    /// <param name="shifted">Whether a position counts by its next token in the same sample (true) or by its own (false).</param>
    /// <param name="includePadding">
    /// Whether scope <see cref="TokenScope.All"/>, unshifted, means every position, padding too: LLaVA-MoD's <c>distill_all_tokens</c>.
    /// </param>
    /// <param name="samples">The sample at each position where rows hold several, [B * T]; empty where each row is one.</param>
    /// <exception cref="ArgumentException">
    /// The sizes disagree, padding is asked for in another case than that one, or a target is not a token id.
    /// </exception>
    public static TokenPositions Select(
        ReadOnlySpan<TokenKind> kinds,
        ReadOnlySpan<long> tokens,
        int length,
        TokenScope scope,
        bool shifted = true,
        bool includePadding = false,
        ReadOnlySpan<int> samples = default)
    {
        Check(kinds.Length, tokens.Length, length);
        if (!samples.IsEmpty && samples.Length != kinds.Length) throw new ArgumentException($"{samples.Length} samples for {kinds.Length} positions", nameof(samples));
        if (includePadding && (shifted || scope != TokenScope.All))
        {
            throw new ArgumentException(
                $"padding counts only unshifted in scope All, not in scope {scope} with shifted: {shifted}", nameof(includePadding));
        }
        bool targeted = shifted && scope is TokenScope.Response or TokenScope.Prompt;
        var indices = new List<long>();
        var targets = new List<long>();
        for (int i = 0; i < kinds.Length; i++)
        {
            if (shifted ? !PrecedesOneOf(kinds, i, length, scope, samples) : !(includePadding || IsIn(scope, kinds[i]))) continue;
            indices.Add(i);
            targets.Add(targeted ? Target(tokens, i + 1, length) : NoTarget);
        }
        return new TokenPositions([.. indices], [.. targets]);
    }

    private static void Check(int kinds, int tokens, int length)
    {
        if (length <= 0 || kinds % length != 0) throw new ArgumentException($"{kinds} positions are not rows of {length}", nameof(length));
        if (tokens != kinds) throw new ArgumentException($"{tokens} tokens for {kinds} positions", nameof(tokens));
    }

    // The last token of a sample says nothing about the first of the next one.
    private static bool PrecedesOneOf(ReadOnlySpan<TokenKind> kinds, int position, int length, TokenScope scope, ReadOnlySpan<int> samples) =>
        (position + 1) % length != 0 && kinds[position] != TokenKind.Padding && IsIn(scope, kinds[position + 1])
        && (samples.IsEmpty || samples[position] == samples[position + 1]);

    private static bool IsIn(TokenScope scope, TokenKind kind) => scope switch
    {
        TokenScope.Response => kind == TokenKind.Response,
        TokenScope.Prompt => kind == TokenKind.Prompt,
        TokenScope.Visual => kind == TokenKind.Visual,
        TokenScope.All => kind != TokenKind.Padding,
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, "not a scope"),
    };

    private static long Target(ReadOnlySpan<long> tokens, int position, int length) => tokens[position] is >= 0 and var token
        ? token
        : throw new ArgumentException(
            $"row {position / length} holds {tokens[position]} at position {position % length}, where its kind says text", nameof(tokens));
}
