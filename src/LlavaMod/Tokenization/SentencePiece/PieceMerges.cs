using System.Text;

namespace LlavaMod.Tokenization.SentencePiece;

/// <summary>
/// The merges that a SentencePiece BPE's pieces imply: two symbols merge where their concatenation is a piece, and of all pairs the one whose piece
/// has the highest score goes first. Pieces of one score have one rank, so that the leftmost of them goes first.
/// </summary>
internal static class PieceMerges
{
    /// <summary>Every way in which every normal piece is two symbols.</summary>
    /// <returns>The pairs and the rank of each.</returns>
    public static (List<(int Left, int Right, int Result)> Pairs, List<int> Ranks) Of(IReadOnlyList<Piece> pieces, Vocabulary vocabulary)
    {
        var pairs = new List<(int Left, int Right, int Result)>();
        var ranks = new List<int>();
        var rank = 0;
        foreach (var equals in Enumerable.Range(0, pieces.Count).Where(id => pieces[id].Type == PieceType.Normal)
            .GroupBy(id => pieces[id].Score).OrderByDescending(group => group.Key))
        {
            foreach (var id in equals)
                AddSplits(id, rank, pieces, vocabulary, pairs, ranks);
            rank++;
        }
        return (pairs, ranks);
    }

    private static void AddSplits(
        int id, int rank, IReadOnlyList<Piece> pieces, Vocabulary vocabulary, List<(int Left, int Right, int Result)> pairs, List<int> ranks)
    {
        var text = pieces[id].Text.AsSpan();
        for (var at = 1; at < text.Length; at++)
        {
            if (char.IsLowSurrogate(text[at]))
                continue;
            if (Symbol(text[..at], pieces, vocabulary) is { } left && Symbol(text[at..], pieces, vocabulary) is { } right)
            {
                pairs.Add((left, right, id));
                ranks.Add(rank);
            }
        }
    }

    private static int? Symbol(ReadOnlySpan<char> text, IReadOnlyList<Piece> pieces, Vocabulary vocabulary)
    {
        if (vocabulary.IdOf(text) is var id and >= 0 && pieces[id].Type == PieceType.Normal)
            return id;
        Rune.DecodeFromUtf16(text, out var rune, out var units);
        return units == text.Length ? -1 - rune.Value : null;
    }
}
