using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace LlavaMod.Tokenization;

/// <summary>Makes a tokenizer from texts: counts their words, learns merges, and names the tokens.</summary>
internal static class TokenizerTraining
{
    /// <inheritdoc cref="BpeTokenizer.Train"/>
    public static BpeParts Run(IEnumerable<string> texts, int vocabSize, IReadOnlyList<string> specialTokens)
    {
        if (specialTokens.Count == 0 || specialTokens.Any(string.IsNullOrEmpty) || specialTokens.Distinct().Count() < specialTokens.Count)
            throw new ArgumentException("One special token or more is needed, each with a text of its own.", nameof(specialTokens));
        var smallest = 256 + specialTokens.Count;
        if (vocabSize < smallest)
            throw new UserError($"vocab_size {vocabSize} is too small: 256 bytes and {specialTokens.Count} special tokens need {smallest}.");

        var splitter = new Qwen2Splitter();
        var trainer = new BpeTrainer(CountWords(texts, splitter, specialTokens).Select(word => (Bytes(word.Key), word.Value)));
        var vocabulary = Vocabulary.OfBytes();
        var merges = Merge(trainer, vocabulary, vocabSize - specialTokens.Count);
        return Assemble(vocabulary, merges, splitter, specialTokens);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, WordSplitter splitter, IReadOnlyList<string> specialTokens)
    {
        var special = new AddedTokens(specialTokens.Select((content, id) => new AddedToken(id, content, Special: true)));
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var rest = text.AsSpan();
            while (special.Find(rest, 0) is { } found)
            {
                CountWords(rest[..found.Start], splitter, counts);
                rest = rest[found.End..];
            }
            CountWords(rest, splitter, counts);
        }
        return counts;
    }

    private static void CountWords(ReadOnlySpan<char> text, WordSplitter splitter, Dictionary<string, long> counts)
    {
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var rest = Nfc.Normalize(text);
        while (!rest.IsEmpty)
        {
            var length = splitter.Next(rest);
            CollectionsMarshal.GetValueRefOrAddDefault(lookup, rest[..length], out _)++;
            rest = rest[length..];
        }
    }

    private static int[] Bytes(string word) => [.. Encoding.UTF8.GetBytes(word).Select(value => (int)value)];

    private static List<(int Left, int Right, int Result)> Merge(BpeTrainer trainer, Vocabulary vocabulary, int count)
    {
        var merges = new List<(int, int, int)>();
        while (vocabulary.Count < count && trainer.TryMerge(TokenOf, out var merge))
            merges.Add(merge);
        return merges;

        // Two pairs may spell the same token, "a bc" and "ab c".
        int TokenOf((int Left, int Right) pair) => vocabulary.GetOrAdd(vocabulary.Tokens[pair.Left] + vocabulary.Tokens[pair.Right]);
    }

    private static BpeParts Assemble(
        Vocabulary vocabulary, List<(int Left, int Right, int Result)> merges, WordSplitter splitter, IReadOnlyList<string> specialTokens)
    {
        var baseCount = vocabulary.Count;
        var added = specialTokens.Select(content => new AddedToken(vocabulary.GetOrAdd(content), content, Special: true)).ToList();
        var end = specialTokens.Contains(TokenizerConfig.EndOfText) ? TokenizerConfig.EndOfText : specialTokens[0];
        return new BpeParts
        {
            Vocabulary = vocabulary,
            BaseCount = baseCount,
            Merges = merges,
            Added = added,
            Splitter = splitter,
            Normalizes = true,
            EndOfText = end,
            Pad = end,
            Config = new JsonObject
            {
                ["tokenizer_class"] = "Qwen2Tokenizer",
                ["add_prefix_space"] = false,
                ["additional_special_tokens"] = new JsonArray([.. specialTokens.Where(token => token != end).Select(token => (JsonNode)token)]),
                ["bos_token"] = null,
                ["clean_up_tokenization_spaces"] = false,
                ["eos_token"] = end,
                ["errors"] = "replace",
                ["pad_token"] = end,
                ["unk_token"] = null,
            },
        };
    }
}
