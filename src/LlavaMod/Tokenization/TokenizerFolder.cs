using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Data;

namespace LlavaMod.Tokenization;

/// <summary>A tokenizer's folder in the layout of Hugging Face: vocab.json, merges.txt, tokenizer_config.json, added_tokens.json.</summary>
internal static class TokenizerFolder
{
    private const string VocabJson = "vocab.json", MergesTxt = "merges.txt", ConfigJson = "tokenizer_config.json", AddedJson = "added_tokens.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <inheritdoc cref="Tokenizer.Load"/>
    public static TokenizerParts Read(string folder)
    {
        var config = TokenizerConfig.Read(Path.Combine(folder, ConfigJson));
        var vocabulary = VocabularyFile.Read(Path.Combine(folder, VocabJson));
        var baseCount = vocabulary.Count;
        var merges = MergesFile.Read(Path.Combine(folder, MergesTxt), vocabulary);
        var added = Append(vocabulary, ReadAdded(folder, config), config.Special(), folder);
        return new TokenizerParts
        {
            Vocabulary = vocabulary,
            BaseCount = baseCount,
            Merges = merges,
            Added = added,
            Splitter = config.Splitter(),
            EndOfText = EndOfText(vocabulary, config, folder),
            Pad = Known(config.Named("pad_token"), "pad_token", vocabulary, folder) ?? EndOfText(vocabulary, config, folder),
            Config = config.Json,
        };
    }

    /// <inheritdoc cref="BpeTokenizer.Save"/>
    public static void Write(string folder, TokenizerParts parts)
    {
        Directory.CreateDirectory(folder);
        VocabularyFile.Write(Path.Combine(folder, VocabJson), parts.Vocabulary, parts.BaseCount);
        MergesFile.Write(Path.Combine(folder, MergesTxt), parts.Merges, parts.Vocabulary);
        var config = parts.Config.DeepClone().AsObject();
        config["added_tokens_decoder"] = new JsonObject(parts.Added.Select(Decoder));
        File.WriteAllText(Path.Combine(folder, ConfigJson), config.ToJsonString(Json));
        var ids = new JsonObject(parts.Added.Select(token => KeyValuePair.Create(token.Content, (JsonNode?)token.Id)));
        File.WriteAllText(Path.Combine(folder, AddedJson), ids.ToJsonString(Json));
    }

    private static IEnumerable<AddedToken> ReadAdded(string folder, TokenizerConfig config)
    {
        var path = Path.Combine(folder, AddedJson);
        if (!File.Exists(path))
            return config.Added();
        var ids = JsonFile.ReadObject(path, TokenizerConfig.SizeLimit).Select(entry => entry.Value is JsonValue value && value.TryGetValue(out int id)
            ? new AddedToken(id, entry.Key, Special: false)
            : throw new UserError($"{path}: the token \"{entry.Key}\" has no whole number as its id."));
        return config.Added().Concat(ids);
    }

    // Puts added tokens behind the vocabulary, in the order of their ids; one named twice must agree, and is special if either says so.
    private static List<AddedToken> Append(Vocabulary vocabulary, IEnumerable<AddedToken> found, HashSet<string> special, string folder)
    {
        var added = new List<AddedToken>();
        foreach (var group in found.GroupBy(token => token.Id).OrderBy(group => group.Key))
        {
            var token = group.First() with { Special = group.Any(token => token.Special || special.Contains(token.Content)) };
            var isNew = token.Id == vocabulary.Count;
            if (group.Any(other => other.Content != token.Content)
                || (token.Id < vocabulary.Count && vocabulary.Tokens[token.Id] != token.Content))
                throw new UserError($"{folder}: the id {token.Id} of the added token {token.Content} also belongs to another token.");
            if (token.Id > vocabulary.Count)
                throw new UserError($"{folder}: the added token {token.Content} has the id {token.Id}, which leaves a gap behind {vocabulary.Count - 1}.");
            if (token.Content.Length == 0 || (isNew && vocabulary.Contains(token.Content)))
                throw new UserError($"{folder}: the added token \"{token.Content}\" (id {token.Id}) is empty, or in the vocabulary under another id.");
            vocabulary.GetOrAdd(token.Content);
            added.Add(token);
        }
        var named = special.Append(TokenizerConfig.EndOfText).Except(added.Select(token => token.Content));
        added.AddRange(named.Where(vocabulary.Contains).Select(name => new AddedToken(vocabulary.IdOf(name), name, Special: true)));
        return added;
    }

    private static string EndOfText(Vocabulary vocabulary, TokenizerConfig config, string folder)
    {
        if (vocabulary.Contains(TokenizerConfig.EndOfText))
            return TokenizerConfig.EndOfText;
        return Known(config.Named("eos_token"), "eos_token", vocabulary, folder)
            ?? throw new UserError($"{folder}: the vocabulary has no {TokenizerConfig.EndOfText}, and {ConfigJson} names no eos_token.");
    }

    private static string? Known(string? token, string name, Vocabulary vocabulary, string folder)
        => token is null || vocabulary.Contains(token) ? token : throw new UserError($"{folder}: {name} is {token}, which has no id.");

    private static KeyValuePair<string, JsonNode?> Decoder(AddedToken token) => new(
        token.Id.ToString(CultureInfo.InvariantCulture),
        new JsonObject
        {
            ["content"] = token.Content,
            ["lstrip"] = false,
            ["normalized"] = false,
            ["rstrip"] = false,
            ["single_word"] = false,
            ["special"] = token.Special,
        });
}
