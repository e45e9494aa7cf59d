using System.Text.Json.Nodes;
using LlavaMod.Fuzz;
using static LlavaMod.Fuzz.SentencePieceWriter;

namespace LlavaMod.Tests.Tokenization;

/// <summary>Llama's tokenizer as Hugging Face's converter would write it.</summary>
internal static class SentencePieceFiles
{
    /// <summary>The 256 pieces of bytes.</summary>
    public static IEnumerable<(string Text, float Score, int Type)> Bytes => Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, SentencePieceWriter.Byte));

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
}
