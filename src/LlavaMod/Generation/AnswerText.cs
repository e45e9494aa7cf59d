using System.Buffers;
using LlavaMod.Tokenization;

namespace LlavaMod.Generation;

/// <summary>
/// The text of an answer, token by token. A piece is given out once it is certain: whole characters, none that may yet belong to a stop string,
/// no white space that may yet be the last. All pieces together are the answer's text, special tokens and white space at both ends left out.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="stops">Texts that end the answer.</param>
internal sealed class AnswerText(Tokenizer tokenizer, IReadOnlyList<string> stops)
{
    private readonly StreamingDecoder decoder = new(tokenizer, skipSpecial: true);
    private readonly ArrayBufferWriter<char> text = new();
    private readonly int longestStop = stops.Count == 0 ? 0 : stops.Max(stop => stop.Length);
    private int start; // behind white space at the beginning
    private int given; // up to where text has been given out

    /// <summary>Whether a stop string has come.</summary>
    public bool Stopped { get; private set; }

    /// <summary>What has been given out.</summary>
    public override string ToString() => new(text.WrittenSpan[start..given]);

    /// <summary>Takes a token; returns what is certain with it. Ids beyond the tokenizer's, which padded embeddings have, say nothing.</summary>
    public string Append(int id)
    {
        int before = text.WrittenCount;
        if (id < tokenizer.VocabSize) decoder.Append(id, text);
        return GiveOut(before, isWhole: false);
    }

    /// <summary>Ends the answer; returns what was held back.</summary>
    public string End()
    {
        int before = text.WrittenCount;
        decoder.Flush(text);
        return GiveOut(before, isWhole: true);
    }

    // fresh: where the text begins that has not been searched yet
    private string GiveOut(int fresh, bool isWhole)
    {
        if (Stopped) return "";
        var all = text.WrittenSpan;
        int end = all.Length;
        if (FindStop(all, Math.Max(given, fresh - longestStop + 1)) is { } stop) (end, Stopped) = (stop, true);
        else if (!isWhole) end -= Undecided(all[given..]);

        while (end > given && char.IsWhiteSpace(all[end - 1])) end--;
        if (given == start)
        {
            while (given < end && char.IsWhiteSpace(all[given])) given++;
            start = given;
        }
        var piece = all[given..end];
        given = end;
        return new string(piece);
    }

    private int? FindStop(ReadOnlySpan<char> all, int from)
    {
        int? first = null;
        foreach (string stop in stops)
        {
            int at = all[from..].IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && !(from + at >= first)) first = from + at;
        }
        return first;
    }

    // Length of the longest end of the text with which a stop string may begin.
    private int Undecided(ReadOnlySpan<char> rest)
    {
        int longest = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, rest.Length); length > longest; length--)
            {
                if (rest.EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal)) longest = length;
            }
        }
        return longest;
    }
}
