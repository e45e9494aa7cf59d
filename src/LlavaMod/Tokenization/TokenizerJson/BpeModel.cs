using System.Text.Json;

namespace LlavaMod.Tokenization.TokenizerJson;

/// <summary>The <c>model</c> of tokenizer.json: a BPE's vocabulary and merges.</summary>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Merges">In order of rank.</param>
/// <param name="ByteFallback">Whether characters without a token become tokens of their bytes.</param>
/// <param name="IgnoreMerges">Whether a word that is a token is that token, whatever the merges say.</param>
internal sealed record BpeModel(
    Vocabulary Vocabulary, IReadOnlyList<(int Left, int Right, int Result)> Merges, bool ByteFallback, bool IgnoreMerges)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="UserError">It is malformed, or uses dropout, a prefix or a suffix of words.</exception>
    public static BpeModel Read(JsonPart model)
    {
        if (model["dropout"] is { IsAbsent: false } dropout && !(dropout.Element.ValueKind == JsonValueKind.Number && dropout.Element.GetDouble() == 0))
            throw dropout.Unsupported("other than 0", "merges are never left out");
        model["continuing_subword_prefix"].RequireNothing();
        model["end_of_word_suffix"].RequireNothing();
        var vocabulary = VocabularyFile.Order(Ids(model["vocab"].RequireObject()), model.File);
        return new BpeModel(vocabulary, ReadMerges(model["merges"], vocabulary), model["byte_fallback"].Flag(), model["ignore_merges"].Flag());
    }

    private static Dictionary<string, int> Ids(JsonPart vocab)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in vocab.Element.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id))
                throw new UserError($"{vocab.File}: the token \"{entry.Name}\" has no whole number as its id.");
            if (!ids.TryAdd(entry.Name, id))
                throw new UserError($"{vocab.File} holds the token \"{entry.Name}\" twice.");
        }
        return ids;
    }

    private static List<(int Left, int Right, int Result)> ReadMerges(JsonPart merges, Vocabulary vocabulary)
    {
        var read = new List<(int Left, int Right, int Result)>();
        var seen = new HashSet<(int, int)>();
        foreach (var entry in merges.Items())
        {
            var merge = Merge(entry.Element, vocabulary) ?? throw entry.Wrong("it must be two tokens of the vocabulary whose concatenation is one too");
            if (!seen.Add((merge.Left, merge.Right)))
                throw entry.Wrong("this merge is repeated");
            read.Add(merge);
        }
        return read;
    }

    // "a b" in older files, ["a", "b"] in newer ones, which allow spaces in tokens.
    private static (int Left, int Right, int Result)? Merge(JsonElement entry, Vocabulary vocabulary)
    {
        if (entry.ValueKind == JsonValueKind.String)
        {
            var text = entry.GetString().AsSpan();
            var space = text.IndexOf(' ');
            return space < 0 ? null : MergesFile.Of(text[..space], text[(space + 1)..], vocabulary);
        }
        var isPair = entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2
            && entry[0].ValueKind == JsonValueKind.String && entry[1].ValueKind == JsonValueKind.String;
        return isPair ? MergesFile.Of(entry[0].GetString(), entry[1].GetString(), vocabulary) : null;
    }
}
