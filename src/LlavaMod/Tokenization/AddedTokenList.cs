using System.Text.Json.Nodes;
using LlavaMod.Data;

namespace LlavaMod.Tokenization;

/// <summary>Collects added tokens from the files that name them, and puts those that are new behind the vocabulary.</summary>
internal static class AddedTokenList
{
    private const string AddedJson = "added_tokens.json";

    /// <summary>The tokens of tokenizer_config.json and added_tokens.json.</summary>
    public static IEnumerable<AddedToken> Read(string folder, TokenizerConfig config)
    {
        var path = Path.Combine(folder, AddedJson);
        if (!File.Exists(path))
            return config.Added();
        var ids = JsonFile.ReadObject(path, TokenizerConfig.SizeLimit).Select(entry => entry.Value is JsonValue value && value.TryGetValue(out int id) && id >= 0
            ? new AddedToken(id, entry.Key, Special: false)
            : throw new UserError($"{path}: the token \"{entry.Key}\" has no whole number as its id."));
        return config.Added().Concat(ids);
    }

    /// <summary>
    /// Puts added tokens behind the vocabulary, in the order of their ids; one named twice must agree, and is special if either says so. Tokens that
    /// are only named as special are among the result too.
    /// </summary>
    /// <exception cref="UserError">Two tokens have one id, a token has two, or ids have gaps.</exception>
    public static List<AddedToken> Append(Vocabulary vocabulary, IEnumerable<AddedToken> found, HashSet<string> special, string folder)
    {
        var added = new List<AddedToken>();
        foreach (var group in found.GroupBy(token => token.Id).OrderBy(group => group.Key))
        {
            var token = group.First() with { Special = group.Any(token => token.Special || special.Contains(token.Content)) };
            var isNew = token.Id == vocabulary.Count;
            if (group.Any(other => other.Content != token.Content)
                || (token.Id < vocabulary.Count && (token.Id < 0 || vocabulary.Tokens[token.Id] != token.Content)))
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
}
