namespace LlavaMod.Tokenization;

/// <summary>Token strings and their ids, 0 to n-1. Tokens are only ever added.</summary>
internal sealed class Vocabulary
{
    private readonly List<string> tokens = [];
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    /// <summary>Token strings by id.</summary>
    public IReadOnlyList<string> Tokens => tokens;

    /// <summary>The number of tokens.</summary>
    public int Count => tokens.Count;

    /// <summary>The 256 bytes in their order, spelled by <see cref="ByteAlphabet"/>.</summary>
    public static Vocabulary OfBytes()
    {
        var vocabulary = new Vocabulary();
        for (var value = 0; value < 256; value++)
            vocabulary.GetOrAdd(ByteAlphabet.Char((byte)value).ToString());
        return vocabulary;
    }

    /// <summary>The id of a token; -1 where it is unknown.</summary>
    public int IdOf(ReadOnlySpan<char> token)
        => ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(token, out var id) ? id : -1;

    /// <summary>Whether the token is known.</summary>
    public bool Contains(string token) => ids.ContainsKey(token);

    /// <summary>The id of a token, which is the next free one where it is new.</summary>
    public int GetOrAdd(string token)
    {
        if (ids.TryAdd(token, Count))
            tokens.Add(token);
        return ids[token];
    }
}
