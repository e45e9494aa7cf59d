using System.Text;
using System.Text.Json.Nodes;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Tokenization;

namespace LlavaMod.Fuzz.Targets;

/// <summary>tokenizer.json: byte-level with GPT-2's rule and with Qwen2's, and Llama's.</summary>
[FuzzTarget("tokenizer-json", Summary = "tokenizer.json")]
public sealed class TokenizerJsonTarget : FuzzTarget
{
    private const string File = "tokenizer.json";
    private const string EndOfText = "<|endoftext|>";

    /// <inheritdoc/>
    public override long AllocatedPerByte => 128;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox) => TokenizerTarget.Use(Tokenizer.Load(sandbox.Folder));

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return ByteLevel("""{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}""");
        yield return ByteLevel("""
            {"type": "Sequence", "pretokenizers": [{"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
            {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}
            """);
        yield return Llama();
    }

    private static Specimen ByteLevel(string splitting)
    {
        var trained = BpeTokenizer.Train(["the cat sat on the mat, the cat ate", "a cat on a mat"], 264, [EndOfText]);
        var files = Specimen.Written(trained.Save).Files;
        var merges = Encoding.UTF8.GetString(files.Single(file => file.Name == "merges.txt").Bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1);
        return Make(Added(trained.EndOfText, EndOfText), """{"type": "NFC"}""", splitting, """{"type": "ByteLevel"}""", new JsonObject
        {
            ["type"] = "BPE",
            ["vocab"] = Ids(trained.Tokens.SkipLast(1)),
            ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)merge)]),
        });
    }

    private static Specimen Llama()
    {
        string[] tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), "\u2581", "a", "t", "\u2581a", "at", "\u2581at"];
        var model = new JsonObject
        {
            ["type"] = "BPE",
            ["unk_token"] = "<unk>",
            ["fuse_unk"] = true,
            ["byte_fallback"] = true,
            ["vocab"] = Ids(tokens),
            ["merges"] = new JsonArray("a t", "\u2581 a", new JsonArray("\u2581", "at")),
        };
        return Make(Added(2, "</s>"),
            """{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u2581"}, {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]}""",
            "null",
            """{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}""",
            model);
    }

    private static Specimen Make(JsonObject added, string normalizer, string splitting, string decoder, JsonObject model) => new(File, new JsonObject
    {
        ["version"] = "1.0",
        ["added_tokens"] = new JsonArray(added),
        ["normalizer"] = JsonNode.Parse(normalizer),
        ["pre_tokenizer"] = JsonNode.Parse(splitting),
        ["post_processor"] = null,
        ["decoder"] = JsonNode.Parse(decoder),
        ["model"] = model,
    }.ToJsonString());

    private static JsonObject Ids(IEnumerable<string> tokens) => new(tokens.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id)));

    private static JsonObject Added(int id, string content) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = true,
        ["normalized"] = false,
        ["special"] = true,
    };
}
