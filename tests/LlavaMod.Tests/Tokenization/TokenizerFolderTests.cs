using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

/// <summary>What is wrong with a tokenizer's folder is said in one line.</summary>
public sealed class TokenizerFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TokenizerFolderTests() => BpeTokenizer.Train(["the the the"], 300, ["<|endoftext|>"]).Save(folder.Path);

    [Fact]
    public void A_missing_file_is_named()
    {
        File.Delete(folder["merges.txt"]);
        LoadingSays("merges.txt does not exist");
    }

    [Fact]
    public void Broken_JSON_is_refused()
    {
        folder.Write("vocab.json", "{\"a\": 1, ");
        LoadingSays("vocab.json is not valid JSON");
    }

    [Fact]
    public void Something_behind_the_vocabulary_is_refused()
    {
        File.AppendAllText(folder["vocab.json"], " 1");
        LoadingSays("vocab.json is not valid JSON");
    }

    [Theory]
    [InlineData("[1, 2]", "does not hold a JSON object")]
    [InlineData("{\"a\": 0, \"b\": 0}", "gives the id 0 to both \"a\" and \"b\"")]
    [InlineData("{\"a\": 0, \"a\": 1}", "holds the token \"a\" twice")]
    [InlineData("{\"a\": 0, \"b\": 7}", "the id 7 of \"b\" is outside 0 to 1")]
    [InlineData("{\"a\": -1}", "the id -1 of \"a\" is outside 0 to 0")]
    [InlineData("{\"a\": \"0\"}", "the token \"a\" has no whole number as its id")]
    [InlineData("{\"a\": 99999999999}", "the token \"a\" has no whole number as its id")]
    [InlineData("{\"a\": 0}", "has no token for the byte 0 (spelled 'Ā'); is it byte-level?")]
    public void A_malformed_vocabulary_is_refused(string json, string message)
    {
        folder.Write("vocab.json", json);
        LoadingSays(message);
    }

    [Theory]
    [InlineData("t q", "line 2: \"t q\" is not two tokens")]       // tq is no token
    [InlineData("the", "line 2: \"the\" is not two tokens")]
    [InlineData("t h e", "line 2: \"t h e\" is not two tokens")]
    [InlineData("h e\nh e", "line 3: the merge \"h e\" is repeated")]
    public void A_malformed_merge_is_refused(string line, string message)
    {
        folder.Write("merges.txt", $"#version: 0.2\n{line}\n");
        LoadingSays(message);
    }

    [Fact]
    public void Line_ends_of_Windows_are_read()
    {
        File.WriteAllText(folder["merges.txt"], File.ReadAllText(folder["merges.txt"]).Replace("\n", "\r\n"));
        Tokenizer.Load(folder.Path).Encode(" the").Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("tokenizer_class", "\"BertTokenizer\"", "tokenizer_class BertTokenizer is not supported")]
    [InlineData("add_prefix_space", "true", "add_prefix_space true is not supported")]
    [InlineData("pad_token", "\"<pad>\"", "pad_token is <pad>, which has no id")]
    [InlineData("added_tokens_decoder", "{\"x\": {\"content\": \"y\"}}", "the entry \"x\" that is not an id with a content")]
    [InlineData("added_tokens_decoder", "{\"9999\": {\"content\": \"y\"}}", "leaves a gap")]
    [InlineData("added_tokens_decoder", "{\"5\": {\"content\": \"y\"}}", "the id 5 of the added token y also belongs to another token")]
    [InlineData("added_tokens_decoder", "{\"300\": {\"content\": \"y\", \"single_word\": true}}", "the added token y asks for single_word")]
    [InlineData("added_tokens_decoder", "[]", "added_tokens_decoder is not an object")]
    public void A_configuration_that_cannot_be_honoured_is_refused(string key, string value, string message)
    {
        var config = JsonNode.Parse(File.ReadAllText(folder["tokenizer_config.json"]))!;
        config[key] = JsonNode.Parse(value);
        folder.Write("tokenizer_config.json", config.ToJsonString());
        LoadingSays(message);
    }

    [Fact]
    public void An_added_token_of_the_vocabulary_under_another_id_is_refused()
    {
        var next = Tokenizer.Load(folder.Path).VocabSize;
        folder.Write("added_tokens.json", $$"""{"the": {{next}}}""");
        LoadingSays("is empty, or in the vocabulary under another id");
    }

    [Theory]
    [InlineData("""{"<a>": -1}""", "added_tokens.json: the token \"<a>\" has no whole number as its id")]
    [InlineData("""{"\ud800": 300}""", "added_tokens.json is not valid JSON")]
    public void Added_tokens_that_cannot_be_are_refused(string json, string message)
    {
        folder.Write("added_tokens.json", json);
        LoadingSays(message);
    }

    [Fact]
    public void A_file_of_absurd_size_is_refused_before_it_is_read()
    {
        using (var file = File.OpenWrite(folder["vocab.json"]))
            file.SetLength(4L << 30);
        LoadingSays("has 4,294,967,296 bytes; at most 134,217,728 are read");
    }

    [Fact]
    public void Without_a_configuration_the_rules_are_those_of_Qwen2()
    {
        File.Delete(folder["tokenizer_config.json"]);
        Tokenizer.Load(folder.Path).Encode("e\u0301\u0301").ShouldBe([0xC3, 0xA9, 0xCC, 0x81]);
    }

    [Fact]
    public void Saving_keeps_what_it_does_not_understand()
    {
        var config = JsonNode.Parse(File.ReadAllText(folder["tokenizer_config.json"]))!;
        config["chat_template"] = "{{ messages }}";
        folder.Write("tokenizer_config.json", config.ToJsonString());
        Tokenizer.Load(folder.Path).Save(folder["again"]);
        JsonElement.Parse(File.ReadAllText(folder["again/tokenizer_config.json"])).GetProperty("chat_template").GetString().ShouldBe("{{ messages }}");
    }

    public void Dispose() => folder.Dispose();

    private void LoadingSays(string message) => Should.Throw<UserError>(() => Tokenizer.Load(folder.Path)).Message.ShouldContain(message);
}
