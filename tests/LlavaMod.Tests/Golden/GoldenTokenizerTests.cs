using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Golden;

/// <summary>Kind qwen2-tokenizer: text to ids and back, as transformers' Qwen2Tokenizer does it.</summary>
public sealed class GoldenTokenizerTests : IDisposable
{
    private readonly TemporaryFolder extended = new();

    [GoldenTheory("qwen2-tokenizer")]
    [MemberData(nameof(GoldenCases.OfKind), "qwen2-tokenizer", MemberType = typeof(GoldenCases))]
    public void Text_becomes_the_same_ids_and_text_again(string name)
    {
        var golden = GoldenCases.Open(name);
        var expected = golden.Json("expected.json");
        var plain = Tokenizer.Load(golden.Folder);
        var padded = Tokenizer.Load(WithPadToken(golden, expected));
        foreach (var test in expected.GetProperty("cases").EnumerateArray())
        {
            var text = test.GetProperty("text").GetString()!;
            plain.Encode(text).ShouldBe(Ids(test, "ids_before_extra_0"), text);
            var ids = padded.Encode(text);
            ids.ShouldBe(Ids(test, "ids"), text);
            padded.Decode(ids).ShouldBe(test.GetProperty("decoded").GetString());
            padded.Decode(ids, skipSpecial: true).ShouldBe(test.GetProperty("decoded_skip_special").GetString());
        }
    }

    [GoldenTheory("qwen2-tokenizer")]
    [MemberData(nameof(GoldenCases.OfKind), "qwen2-tokenizer", MemberType = typeof(GoldenCases))]
    public void Special_tokens_have_the_same_ids(string name)
    {
        var golden = GoldenCases.Open(name);
        var expected = golden.Json("expected.json");
        var tokenizer = Tokenizer.Load(WithPadToken(golden, expected));
        tokenizer.VocabSize.ShouldBe(expected.GetProperty("total_with_added").GetInt32());
        tokenizer.Pad.ShouldBe(expected.GetProperty("pad_token_id").GetInt32());
        tokenizer.EndOfText.ShouldBe(expected.GetProperty("eos_token_id").GetInt32());
        foreach (var token in expected.GetProperty("special").EnumerateObject())
            tokenizer.IdOf(token.Name).ShouldBe(token.Value.GetInt32());
    }

    public void Dispose() => extended.Dispose();

    // The folder as it is after LLaVA-MoD has added its padding token: the last of the special ones.
    private string WithPadToken(GoldenCase golden, JsonElement expected)
    {
        extended.CopyFrom(golden.Folder, "vocab.json", "merges.txt");
        var pad = expected.GetProperty("special").EnumerateObject().Single(token => token.Value.GetInt32() == expected.GetProperty("pad_token_id").GetInt32());
        var config = JsonNode.Parse(File.ReadAllText(golden.File("tokenizer_config.json")))!;
        config["pad_token"] = pad.Name;
        config["unk_token"] = pad.Name;
        extended.Write("tokenizer_config.json", config.ToJsonString());
        extended.Write("added_tokens.json", new JsonObject { [pad.Name] = pad.Value.GetInt32() }.ToJsonString());
        return extended.Path;
    }

    private static int[] Ids(JsonElement test, string name) => [.. test.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
