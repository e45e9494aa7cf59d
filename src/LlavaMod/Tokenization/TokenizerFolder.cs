using LlavaMod.Tokenization.SentencePiece;
using LlavaMod.Tokenization.TokenizerJson;

namespace LlavaMod.Tokenization;

/// <summary>
/// Which tokenizer a folder holds. Where there are several descriptions, tokenizer.json wins, because it alone says everything; then
/// tokenizer.model, then vocab.json with merges.txt. This is the order of Hugging Face's AutoTokenizer.
/// </summary>
internal static class TokenizerFolder
{
    private const string Json = "tokenizer.json", Model = "tokenizer.model", Vocab = "vocab.json";

    /// <summary>Whether the folder holds a tokenizer at all.</summary>
    public static bool HasTokenizer(string folder) => new[] { Json, Model, Vocab }.Any(name => File.Exists(Path.Combine(folder, name)));

    /// <inheritdoc cref="Tokenizer.Load"/>
    public static Tokenizer Read(string folder)
    {
        if (File.Exists(Path.Combine(folder, Json)))
            return TokenizerJsonFile.Read(folder, Json);
        if (File.Exists(Path.Combine(folder, Model)))
            return new SentencePieceTokenizer(SentencePieceFolder.Read(folder, Model));
        if (File.Exists(Path.Combine(folder, Vocab)))
            return new BpeTokenizer(BpeFolder.Read(folder));
        throw new UserError($"{folder} holds no tokenizer: there is neither {Json} nor {Model} nor {Vocab}.");
    }
<<<<<<< HEAD
=======

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
        var ids = JsonFile.ReadObject(path, TokenizerConfig.SizeLimit).Select(entry => entry.Value is JsonValue value && value.TryGetValue(out int id) && id >= 0
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
>>>>>>> 1399b37 (Broken files for every reader of files: 20,000 mutants in the tests, any number with ./llavamod fuzz)
}
