using System.Runtime.InteropServices;
using System.Text;

namespace LlavaMod.Tokenization;

/// <summary>
/// Unicode normalisation form C (UAX 15), which Qwen2 applies to text before it splits it. The runtime's own <see cref="string.Normalize()"/>
/// returns its input unchanged where globalization is invariant, as it is here so that no ICU has to be installed.
/// </summary>
internal static class Nfc
{
    // Everything below U+0300 is its own form C and combines with nothing before it.
    private const char FirstActive = '\u0300';

    private static readonly Lazy<NfcTables> Tables = new(NfcTables.Read);

    /// <summary>The form C of <paramref name="text"/>; lone surrogates become U+FFFD.</summary>
    public static ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text) => IsInert(text) ? text : Compose(CollectionsMarshal.AsSpan(Decompose(text)));

    private static bool IsInert(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyInRange(FirstActive, char.MaxValue))
            return true;
        var tables = Tables.Value;
        foreach (var rune in text.EnumerateRunes())
            if (rune.Value >= FirstActive && (tables.IsActive(rune.Value) || rune == Rune.ReplacementChar))
                return false;
        return true;
    }

    private static List<int> Decompose(ReadOnlySpan<char> text)
    {
        var tables = Tables.Value;
        var codes = new List<int>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, tables, codes);
        SortMarks(codes, tables);
        return codes;
    }

    private static void Decompose(int code, NfcTables tables, List<int> codes)
    {
        if (Hangul.TryDecompose(code, codes))
            return;
        if (!tables.Decompositions.TryGetValue(code, out var parts))
        {
            codes.Add(code);
            return;
        }
        Decompose(parts.First, tables, codes);
        if (parts.Second != 0)
            Decompose(parts.Second, tables, codes);
    }

    // Canonical ordering: each run of combining marks is sorted by class, equal classes keeping their order.
    private static void SortMarks(List<int> codes, NfcTables tables)
    {
        for (int start = 0, end; start < codes.Count; start = end + 1)
        {
            end = start;
            while (end < codes.Count && tables.Class(codes[end]) != 0)
                end++;
            if (end - start < 2)
                continue;
            var sorted = codes.GetRange(start, end - start).OrderBy(tables.Class).ToList();
            for (var i = 0; i < sorted.Count; i++)
                codes[start + i] = sorted[i];
        }
    }

    private static string Compose(Span<int> codes)
    {
        var tables = Tables.Value;
        int starter = -1, last = 0, kept = 0; // last: class of the code kept before this one, 0 for none or a starter
        foreach (var code in codes)
        {
            var order = tables.Class(code);
            var blocked = starter < 0 || (kept - 1 > starter && last >= order);
            if (!blocked && tables.TryCompose(codes[starter], code, out var composed))
            {
                codes[starter] = composed;
                continue;
            }
            if (order == 0)
                starter = kept;
            last = order;
            codes[kept++] = code;
        }
        return ToText(codes[..kept]);
    }

    private static string ToText(ReadOnlySpan<int> codes)
    {
        var text = new StringBuilder(codes.Length);
        Span<char> units = stackalloc char[2];
        foreach (var code in codes)
            text.Append(units[..new Rune(code).EncodeToUtf16(units)]);
        return text.ToString();
    }
}
