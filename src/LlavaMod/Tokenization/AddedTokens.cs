using System.Buffers;

namespace LlavaMod.Tokenization;

/// <summary>A token that is matched in the raw text before anything is split or merged.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text, verbatim.</param>
/// <param name="Special">Whether it controls the model, so that decoding can leave it out.</param>
internal sealed record AddedToken(int Id, string Content, bool Special);

/// <summary>Finds added tokens in text: the leftmost, and the longest of those that start there.</summary>
internal sealed class AddedTokens
{
    private readonly SearchValues<string> contents;
    private readonly AddedToken[] longestFirst;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        longestFirst = [.. tokens.OrderByDescending(token => token.Content.Length)];
        contents = SearchValues.Create([.. longestFirst.Select(token => token.Content)], StringComparison.Ordinal);
        ById = longestFirst.OrderBy(token => token.Id).ToDictionary(token => token.Id);
    }

    /// <summary>All of them, in order of their ids.</summary>
    public IReadOnlyDictionary<int, AddedToken> ById { get; }

    /// <summary>The first added token of a text; null where there is none.</summary>
    public (int At, AddedToken Token)? Find(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAny(contents);
        if (at < 0)
            return null;
        foreach (var token in longestFirst)
            if (text[at..].StartsWith(token.Content, StringComparison.Ordinal))
                return (at, token);
        return null;
    }
}
