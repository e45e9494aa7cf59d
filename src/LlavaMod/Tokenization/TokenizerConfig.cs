using System.Globalization;
using System.Text.Json.Nodes;
using LlavaMod.Data;

namespace LlavaMod.Tokenization;

/// <summary>tokenizer_config.json as Hugging Face writes it: which rules apply, and which tokens are added or special.</summary>
internal sealed class TokenizerConfig
{
    /// <summary>The end of a text in the GPT-2 and Qwen families.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>The largest file that is read, in bytes.</summary>
    public const long SizeLimit = 16 << 20;

    private static readonly string[] SpecialNames = ["bos_token", "eos_token", "unk_token", "pad_token", "additional_special_tokens"];
    private const string FileName = "tokenizer_config.json";

    private readonly string path;

    private TokenizerConfig(JsonObject json, string path) => (Json, this.path) = (json, path);

    /// <summary>The whole file.</summary>
    public JsonObject Json { get; }

    /// <summary>The value of tokenizer_class; null where it is absent.</summary>
    public string? Class => Text(Json["tokenizer_class"]);

    /// <summary>Whether Llama's tokenizer puts a space behind special tokens too, as it did first and does where legacy is absent.</summary>
    public bool IsLegacy => !(Json["legacy"] is JsonValue value && value.TryGetValue(out bool legacy)) || legacy;

    /// <summary>Reads the file of a folder; a missing one reads as an empty object.</summary>
    public static TokenizerConfig Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return new TokenizerConfig(File.Exists(path) ? JsonFile.ReadObject(path, SizeLimit) : [], path);
    }

    /// <summary>The splitting rule of tokenizer_class, and whether it normalises text; Qwen2's where the key is absent.</summary>
    public (WordSplitter Splitter, bool Normalizes) Rules()
    {
        if (Flag(Json, "add_prefix_space"))
            throw new UserError($"{path}: add_prefix_space true is not supported.");
        return Class switch
        {
            null or "Qwen2Tokenizer" or "Qwen2TokenizerFast" => (new Qwen2Splitter(), true),
            "GPT2Tokenizer" or "GPT2TokenizerFast" => (new Gpt2Splitter(), false),
            var other => throw new UserError($"{path}: tokenizer_class {other} is not supported; Qwen2Tokenizer and GPT2Tokenizer are."),
        };
    }

    /// <summary>The token that ends a text: <see cref="EndOfText"/>, or eos_token, or <paramref name="otherwise"/>.</summary>
    /// <exception cref="UserError">None of them is a token.</exception>
    public string EndOfTextIn(Vocabulary vocabulary, string? otherwise = null)
    {
        if (vocabulary.Contains(EndOfText))
            return EndOfText;
        return NamedIn(vocabulary, "eos_token") ?? (otherwise is not null && vocabulary.Contains(otherwise) ? otherwise : null)
            ?? throw new UserError($"{Path.GetDirectoryName(path)}: the vocabulary has no {EndOfText}, and {FileName} names no eos_token.");
    }

    /// <summary>bos_token, where add_bos_token says that models see it first.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="unlessSaid">What an absent add_bos_token means.</param>
    /// <param name="otherwise">The token where bos_token is absent.</param>
    public string? BeginningOfTextIn(Vocabulary vocabulary, bool unlessSaid, string? otherwise = null)
    {
        var adds = Json["add_bos_token"] is JsonValue value && value.TryGetValue(out bool said) ? said : unlessSaid;
        return adds ? NamedIn(vocabulary, "bos_token") ?? otherwise : null;
    }

    /// <summary>The token that <paramref name="name"/> holds; null where it is absent.</summary>
    /// <exception cref="UserError">The vocabulary does not have it.</exception>
    public string? NamedIn(Vocabulary vocabulary, string name)
        => Named(name) is not { } token || vocabulary.Contains(token) ? Named(name) : throw new UserError($"{path}: {name} is {token}, which has no id.");

    /// <summary>The token that <paramref name="name"/> (eos_token, pad_token, ...) holds, a string or an object; null where absent.</summary>
    public string? Named(string name) => Text(Json[name]);

    /// <summary>All tokens that are named as special.</summary>
    public HashSet<string> Special()
    {
        var nodes = SpecialNames.SelectMany(name => Json[name] is JsonArray many ? many.ToArray() : [Json[name]]);
        return [.. nodes.Select(Text).OfType<string>()];
    }

    /// <summary>The entries of added_tokens_decoder.</summary>
    public IEnumerable<AddedToken> Added()
    {
        if (Json["added_tokens_decoder"] is not { } node)
            return [];
        return node is JsonObject entries
            ? entries.Select(entry => Entry(entry.Key, entry.Value))
            : throw new UserError($"{path}: added_tokens_decoder is not an object.");
    }

    private AddedToken Entry(string key, JsonNode? node)
    {
        if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || Text(node) is not { Length: > 0 } content)
            throw new UserError($"{path}: added_tokens_decoder has the entry \"{key}\" that is not an id with a content.");
        return new AddedToken(id, content, Flag(node, "special"))
        {
            LeftStrip = Flag(node, "lstrip"),
            RightStrip = Flag(node, "rstrip"),
            SingleWord = Flag(node, "single_word"),
            Normalized = Flag(node, "normalized"),
        };
    }

    private static bool Flag(JsonNode? node, string name)
        => node is JsonObject entry && entry[name] is JsonValue value && value.TryGetValue(out bool set) && set;

    private static string? Text(JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonObject entry => Text(entry["content"]),
        _ => null,
    };
}
