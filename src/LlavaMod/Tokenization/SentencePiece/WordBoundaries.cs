using System.Text;

namespace LlavaMod.Tokenization.SentencePiece;

/// <summary>
/// Cuts text where no merge can reach across: between two characters that stand side by side in no token that merging makes. What is between
/// two cuts is encoded alone, with the same result, and can be remembered: SentencePiece itself takes the whole text as one word.
/// </summary>
internal sealed class WordBoundaries
{
    private const int Small = 256; // characters below have a table of their own, and U+2581 takes the place of the last of them

    private readonly bool[] smallPairs = new bool[Small * Small];
    private readonly HashSet<ulong> pairs = [];

    /// <param name="merged">Every token that a merge makes.</param>
    public WordBoundaries(IEnumerable<string> merged)
    {
        foreach (var token in merged)
        {
            var previous = -1;
            foreach (var rune in token.EnumerateRunes())
            {
                if (previous >= 0)
                    Join(previous, rune.Value);
                previous = rune.Value;
            }
        }
    }

    /// <summary>The length, at least 1, of the first word of a text that is not empty.</summary>
    public int Next(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out var previous, out var at);
        while (at < text.Length)
        {
            Rune.DecodeFromUtf16(text[at..], out var rune, out var units);
            if (!AreJoined(previous.Value, rune.Value))
                break;
            previous = rune;
            at += units;
        }
        return at;
    }

    private void Join(int first, int second)
    {
        if (SmallOf(first) is var a and >= 0 && SmallOf(second) is var b and >= 0)
            smallPairs[a * Small + b] = true;
        else
            pairs.Add(Key(first, second));
    }

    private bool AreJoined(int first, int second)
        => SmallOf(first) is var a and >= 0 && SmallOf(second) is var b and >= 0 ? smallPairs[a * Small + b] : pairs.Contains(Key(first, second));

    private static int SmallOf(int code) => code < Small - 1 ? code : code == SentencePieceParts.Space ? Small - 1 : -1;

    private static ulong Key(int first, int second) => (ulong)(uint)first << 32 | (uint)second;
}
