using System.Collections.Frozen;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Contractions that VQA's evaluation writes with their apostrophes: each is found by its spelling with one of them missing.</summary>
internal static class VqaContractions
{
    // The few that are more than a missing apostrophe, or that the evaluation spells in its own way.
    private static readonly (string From, string To)[] Odd =
    [
        ("let's", "let's"), ("ow's'at", "'ow's'at"), ("'ows'at", "'ow's'at"), ("'ow'sat", "'ow's'at"), ("somebody'd", "somebodyd"),
        ("twas", "'twas"), ("someoned", "someone'd"),
    ];

    // Spelled right; with one of their apostrophes missing they become this.
    private static readonly string[] Spelled =
    [
        "ain't", "aren't", "can't", "could've", "couldn't", "couldn't've", "didn't", "doesn't", "don't", "hadn't", "hadn't've", "hasn't", "haven't",
        "he'd", "he'd've", "he's", "how'd", "how'll", "how's", "isn't", "it'd", "it'd've", "it'll", "ma'am", "mightn't",
        "mightn't've", "might've", "mustn't", "must've", "needn't", "not've", "o'clock", "oughtn't", "shan't", "she'd've", "should've", "shouldn't",
        "shouldn't've", "somebody'd've", "somebody'll", "somebody's", "someone'd've", "someone'll", "someone's", "something'd", "something'd've",
        "something'll", "that's", "there'd", "there'd've", "there're", "there's", "they'd", "they'd've", "they'll", "they're", "they've", "wasn't",
        "we'd've", "we've", "weren't", "what'll", "what're", "what's", "what've", "when's", "where'd", "where's", "where've", "who'd", "who'd've",
        "who'll", "who's", "who've", "why'll", "why're", "why's", "won't", "would've", "wouldn't", "wouldn't've", "y'all", "y'all'll", "y'all'd've",
        "you'd", "you'd've", "you'll", "you're", "you've",
    ];

    public static FrozenDictionary<string, string> Table { get; } = Make();

    private static FrozenDictionary<string, string> Make()
    {
        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string word in Spelled)
        {
            for (int i = 0; i < word.Length; i++)
            {
                if (word[i] == '\'') table[word.Remove(i, 1)] = word;
            }
        }
        foreach (var (from, to) in Odd) table[from] = to;
        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
