using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlavaMod.Tokenization;

/// <summary>A byte-level BPE in the layout of Hugging Face's older tokenizers: vocab.json, merges.txt, tokenizer_config.json, added_tokens.json.</summary>
internal static class BpeFolder
{
    private const string VocabJson = "vocab.json", MergesTxt = "merges.txt", ConfigJson = "tokenizer_config.json", AddedJson = "added_tokens.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads the folder; without tokenizer_config.json the rules are Qwen2's.</summary>
    /// <exception cref="UserError">A file is missing, too large or malformed, or asks for what this tokenizer does not do.</exception>
    public static BpeParts Read(string folder)
    {
        var config = TokenizerConfig.Read(folder);
        var vocabulary = VocabularyFile.Read(Path.Combine(folder, VocabJson));
        var baseCount = vocabulary.Count;
        var merges = MergesFile.Read(Path.Combine(folder, MergesTxt), vocabulary);
        var added = AddedTokenList.Append(vocabulary, AddedTokenList.Read(folder, config).Select(token => Raw(token, folder)), config.Special(), folder);
        var (splitter, normalizes) = config.Rules();
        var end = config.EndOfTextIn(vocabulary);
        return new BpeParts
        {
            Vocabulary = vocabulary,
            BaseCount = baseCount,
            Merges = merges,
            Added = added,
            Splitter = splitter,
            Normalizes = normalizes,
            BeginningOfText = config.BeginningOfTextIn(vocabulary, unlessSaid: false),
            EndOfText = end,
            Pad = config.NamedIn(vocabulary, "pad_token") ?? end,
            Files = TokenizerFiles.Read(folder),
        };
    }

    /// <summary>The same files for a tokenizer that was trained here.</summary>
    public static TokenizerFiles FilesOf(BpeParts parts)
    {
        var config = parts.Config.DeepClone().AsObject();
        config["added_tokens_decoder"] = new JsonObject(parts.Added.Select(Decoder));
        var ids = new JsonObject(parts.Added.Select(token => KeyValuePair.Create(token.Content, (JsonNode?)token.Id)));
        return new TokenizerFiles(
        [
            KeyValuePair.Create(VocabJson, VocabularyFile.Write(parts.Vocabulary, parts.BaseCount)),
            KeyValuePair.Create(MergesTxt, MergesFile.Write(parts.Merges, parts.Vocabulary)),
            KeyValuePair.Create(ConfigJson, Encoding.UTF8.GetBytes(config.ToJsonString(Json))),
            KeyValuePair.Create(AddedJson, Encoding.UTF8.GetBytes(ids.ToJsonString(Json))),
        ]);
    }

    // These tokenizers look for added tokens in the raw text, whatever their entries say.
    private static AddedToken Raw(AddedToken token, string folder) => token.SingleWord
        ? throw new UserError($"{Path.Combine(folder, ConfigJson)}: the added token {token.Content} asks for single_word, which only tokenizer.json may.")
        : token with { Normalized = false };

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
