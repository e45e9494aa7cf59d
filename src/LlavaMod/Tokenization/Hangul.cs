namespace LlavaMod.Tokenization;

/// <summary>Hangul syllables decompose and compose by arithmetic (Unicode Standard, section 3.12).</summary>
internal static class Hangul
{
    private const int Syllables = 0xAC00, Leads = 0x1100, Vowels = 0x1161, Tails = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28, SyllableCount = LeadCount * VowelCount * TailCount;

    public static bool IsTrailing(int code) => code is >= Vowels and < Vowels + VowelCount or > Tails and < Tails + TailCount;

    public static bool TryDecompose(int code, List<int> codes)
    {
        var index = code - Syllables;
        if (index is < 0 or >= SyllableCount)
            return false;
        codes.Add(Leads + index / (VowelCount * TailCount));
        codes.Add(Vowels + index / TailCount % VowelCount);
        if (index % TailCount != 0)
            codes.Add(Tails + index % TailCount);
        return true;
    }

    public static bool TryCompose(int first, int second, out int composed)
    {
        int lead = first - Leads, vowel = second - Vowels, tail = second - Tails, syllable = first - Syllables;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            composed = Syllables + (lead * VowelCount + vowel) * TailCount;
            return true;
        }
        var open = syllable is >= 0 and < SyllableCount && syllable % TailCount == 0;
        composed = open && tail is > 0 and < TailCount ? first + tail : 0;
        return composed != 0;
    }
}
