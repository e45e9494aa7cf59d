using System.Globalization;

namespace LlavaMod.Data;

/// <summary>About how many tokens a text takes, by looking at its characters once.</summary>
internal static class TextLength
{
    /// <summary>Runs of letters, marks and digits, and every other sign that is not a space; of scripts without spaces every letter.</summary>
    public static int Words(string text)
    {
        int words = 0;
        bool within = false;
        foreach (char letter in text)
        {
            bool joins = IsWord(letter);
            if (joins ? !within : !char.IsWhiteSpace(letter) && !char.IsLowSurrogate(letter)) words++;
            within = joins;
        }
        return words;
    }

    private static bool IsWord(char letter) => letter < 128
        ? char.IsAsciiLetterOrDigit(letter)
        : letter is < '\u0E00' or (> '\u0EFF' and < '\u2E80') && CharUnicodeInfo.GetUnicodeCategory(letter) is
            <= UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber;
}
