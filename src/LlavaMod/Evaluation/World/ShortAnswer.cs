using LlavaMod.Data.World;

namespace LlavaMod.Evaluation.World;

/// <summary>Reads a model's answer to a question of one word.</summary>
internal static class ShortAnswer
{
    /// <summary>
    /// The answer that a text gives to a question of this kind, or null ("unparsed") where it gives none that such a question can have.
    /// Case, punctuation and articles do not matter, and digits are numbers. Yes and no may stand in a longer first sentence, as in POPE; but
    /// POPE takes every sentence without "no" or "not" for a yes, while here a text with neither or with both is unparsed.
    /// </summary>
    public static string? Parse(QuestionKind kind, string text)
    {
        var words = Words(kind is QuestionKind.Existence or QuestionKind.Relation ? text.Split('.')[0] : text);
        return kind is QuestionKind.Existence or QuestionKind.Relation ? YesOrNo(words) : OneWord(kind, words);
    }

    private static string? YesOrNo(List<string> words)
    {
        var yes = words.Contains("yes");
        var no = words.Contains("no") || words.Contains("not");
        return yes == no ? null : WorldWords.YesOrNo(yes);
    }

    private static string? OneWord(QuestionKind kind, List<string> words)
    {
        words.RemoveAll(word => word is "a" or "an" or "the");
        if (words.Count != 1)
            return null;
        var word = words[0] is [>= '0' and <= '5'] ? WorldWords.Numbers[words[0][0] - '0'] : words[0];
        return Question.Answers(kind).Contains(word) ? word : null;
    }

    private static List<string> Words(string text) =>
        [.. new string([.. text.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}
