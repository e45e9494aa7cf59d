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
    private static readonly string[] UnsupportedFlags = ["lstrip", "rstrip", "single_word"];

    private readonly string path;

    private TokenizerConfig(JsonObject json, string path) => (Json, this.path) = (json, path);

    /// <summary>The whole file.</summary>
    public JsonObject Json { get; }

    /// <summary>Reads <paramref name="path"/>; a missing file reads as an empty object.</summary>
    public static TokenizerConfig Read(string path) => new(File.Exists(path) ? JsonFile.ReadObject(path, SizeLimit) : [], path);

    /// <summary>The splitting rule of tokenizer_class; Qwen2's where the key is absent.</summary>
    public WordSplitter Splitter()
    {
        if (Json["add_prefix_space"] is JsonValue prefix && prefix.TryGetValue(out bool asked) && asked)
            throw new UserError($"{path}: add_prefix_space true is not supported.");
        return Text(Json["tokenizer_class"]) switch
        {
            null or "Qwen2Tokenizer" or "Qwen2TokenizerFast" => new Qwen2Splitter(),
            "GPT2Tokenizer" or "GPT2TokenizerFast" => new Gpt2Splitter(),
            var other => throw new UserError($"{path}: tokenizer_class {other} is not supported; Qwen2Tokenizer and GPT2Tokenizer are."),
        };
    }

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
        foreach (var flag in UnsupportedFlags)
            if (Flag(node, flag))
                throw new UserError($"{path}: the added token {content} asks for {flag}, which is not supported.");
        return new AddedToken(id, content, Flag(node, "special"));
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
