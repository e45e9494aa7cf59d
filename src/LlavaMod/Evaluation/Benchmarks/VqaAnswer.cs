using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// The normal form in which VQA's evaluation compares short answers (Antol et al. 2015, arXiv 1505.00468, section 4): lower case, no articles,
/// numbers as digits, contractions with their apostrophes, punctuation out or turned into spaces. TextVQA, VizWiz and VQAv2 share it.
/// </summary>
public static partial class VqaAnswer
{
    private const string Punctuation = ";/[]\"{}()=+\\_-><@`,?!";

    // Full stops beyond so many are left, in the original by a slip of an argument; its scores depend on it.
    private const int MostPeriods = 32;

    private static readonly FrozenDictionary<string, string> Numbers = new Dictionary<string, string>
    {
        ["none"] = "0", ["zero"] = "0", ["one"] = "1", ["two"] = "2", ["three"] = "3", ["four"] = "4", ["five"] = "5", ["six"] = "6",
        ["seven"] = "7", ["eight"] = "8", ["nine"] = "9", ["ten"] = "10",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Contractions = VqaContractions.Table;

    /// <summary>The normal form of an answer.</summary>
    public static string Normalise(string answer)
    {
        string text = answer.ToLowerInvariant().Replace(",", "", StringComparison.Ordinal).Replace("?", "", StringComparison.Ordinal)
            .Replace("'s", " 's", StringComparison.Ordinal).Trim();
        text = text.Replace('\n', ' ').Replace('\t', ' ').Trim();
        return Words(WithoutPunctuation(text));
    }

    private static string WithoutPunctuation(string text)
    {
        string result = text;
        bool hasThousands = Thousands().IsMatch(text);
        foreach (char mark in Punctuation)
        {
            bool atWordEnd = text.Contains($"{mark} ", StringComparison.Ordinal) || text.Contains($" {mark}", StringComparison.Ordinal);
            result = result.Replace(mark.ToString(), atWordEnd || hasThousands ? "" : " ", StringComparison.Ordinal);
        }
        return Period().Replace(result, "", MostPeriods);
    }

    private static string Words(string text) => string.Join(' ', text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .Select(word => Numbers.GetValueOrDefault(word, word))
        .Where(word => word is not ("a" or "an" or "the"))
        .Select(word => Contractions.GetValueOrDefault(word, word)));

    [GeneratedRegex(@"(?<=\d),+(?=\d)")]
    private static partial Regex Thousands();

    [GeneratedRegex(@"(?!<=\d)\.(?!\d)")]
    private static partial Regex Period();
}
