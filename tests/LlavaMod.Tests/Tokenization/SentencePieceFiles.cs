using System.Text.Json.Nodes;
using Google.Protobuf;

namespace LlavaMod.Tests.Tokenization;

/// <summary>Writes SentencePiece models as their trainer and Hugging Face's converter would.</summary>
internal static class SentencePieceFiles
{
    public const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6;

    /// <summary>The 256 pieces of bytes.</summary>
    public static IEnumerable<(string Text, float Score, int Type)> Bytes => Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, Byte));

    /// <summary>What a model says beside its pieces.</summary>
    public sealed record Settings
    {
        public int ModelType { get; init; } = 2;
        public bool ByteFallback { get; init; } = true;
        public bool DummyPrefix { get; init; } = true;
        public bool RemovesSpaces { get; init; }
        public bool EscapesSpaces { get; init; } = true;
        public bool Suffix { get; init; }
        public string Table { get; init; } = "";
    }

    public static byte[] Model(IEnumerable<(string Text, float Score, int Type)> pieces, Settings? settings = null)
    {
        settings ??= new Settings();
        return Message(model =>
        {
            foreach (var (text, score, type) in pieces)
                Field(model, 1, piece =>
                {
                    piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    piece.WriteString(text);
                    piece.WriteTag(2, WireFormat.WireType.Fixed32);
                    piece.WriteFloat(score);
                    Number(piece, 3, type);
                });
            Field(model, 2, trainer =>
            {
                Number(trainer, 3, settings.ModelType);
                Number(trainer, 4, 32_000); // vocab_size, which nothing needs
                Number(trainer, 24, settings.Suffix ? 1 : 0);
                Number(trainer, 35, settings.ByteFallback ? 1 : 0);
            });
            Field(model, 3, normalizer =>
            {
                normalizer.WriteTag(2, WireFormat.WireType.LengthDelimited);
                normalizer.WriteString(settings.Table);
                Number(normalizer, 3, settings.DummyPrefix ? 1 : 0);
                Number(normalizer, 4, settings.RemovesSpaces ? 1 : 0);
                Number(normalizer, 5, settings.EscapesSpaces ? 1 : 0);
            });
        });
    }

    /// <summary>tokenizer.json as Hugging Face's converter makes it from Llama's model: a merge for every split of every piece.</summary>
    public static JsonObject Json(IReadOnlyList<(string Text, float Score, int Type)> pieces)
    {
        var ids = pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(entry => entry.Text, entry => entry.id);
        var merges = pieces.Where(piece => piece.Type == Normal).OrderByDescending(piece => piece.Score).SelectMany(piece => Enumerable
            .Range(1, Math.Max(piece.Text.Length - 1, 0))
            .Select(at => (Left: piece.Text[..at], Right: piece.Text[at..]))
            .Where(pair => ids.ContainsKey(pair.Left) && ids.ContainsKey(pair.Right))
            .OrderBy(pair => ids[pair.Left]).ThenBy(pair => ids[pair.Right])
            .Select(pair => (JsonNode)$"{pair.Left} {pair.Right}"));
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. pieces.Where(piece => piece.Type is Unknown or Control).Select(piece => Added(ids[piece.Text], piece.Text))]),
            ["normalizer"] = JsonNode.Parse("""
                {"type": "Sequence", "normalizers": [
                  {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
                """),
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = JsonNode.Parse("""
                {"type": "Sequence", "decoders": [
                  {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                  {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
                """),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = "<unk>",
                ["fuse_unk"] = true,
                ["byte_fallback"] = true,
                ["vocab"] = new JsonObject(ids.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
                ["merges"] = new JsonArray([.. merges]),
            },
        };
    }

    public static JsonObject Added(int id, string content, bool special = true, bool lstrip = false, bool rstrip = false, bool singleWord = false, bool normalized = false) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = singleWord,
        ["lstrip"] = lstrip,
        ["rstrip"] = rstrip,
        ["normalized"] = normalized,
        ["special"] = special,
    };

    private static void Field(CodedOutputStream output, int number, Action<CodedOutputStream> write)
    {
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static void Number(CodedOutputStream output, int number, int value)
    {
        output.WriteTag(number, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream);
        write(output);
        output.Flush();
        return stream.ToArray();
    }
}
