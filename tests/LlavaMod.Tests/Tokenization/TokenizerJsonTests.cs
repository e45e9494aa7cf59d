using System.Text.Json.Nodes;
using LlavaMod.Fuzz;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

/// <summary>tokenizer.json: what is read means what Hugging Face makes of it, and what is not read is refused by its name.</summary>
public sealed class TokenizerJsonTests : IDisposable
{
    private static readonly (string Text, float Score, int Type)[] LlamaPieces =
    [
        ("<unk>", 0, SentencePieceWriter.Unknown), ("<s>", 0, SentencePieceWriter.Control), ("</s>", 0, SentencePieceWriter.Control),
        .. SentencePieceFiles.Bytes, ("▁▁", -1, SentencePieceWriter.Normal), ("▁a", -2, SentencePieceWriter.Normal),
        ("▁", -3, SentencePieceWriter.Normal), ("a", -4, SentencePieceWriter.Normal),
    ];

    private readonly TemporaryFolder folder = new();
    private readonly JsonObject json;

    public TokenizerJsonTests()
    {
        var trained = BpeTokenizer.Train(["the cat sat on the mat. the cat!"], 280, ["<|endoftext|>"]);
        trained.Save(folder.Path);
        json = Qwen2(trained.Tokens.SkipLast(1), File.ReadLines(folder["merges.txt"]).Skip(1));
        json["added_tokens"] = new JsonArray(SentencePieceFiles.Added(trained.EndOfText, "<|endoftext|>"));
        foreach (var file in Directory.GetFiles(folder.Path))
            File.Delete(file);
    }

    [Fact]
    public void It_encodes_as_the_two_older_files_do()
    {
        var trained = BpeTokenizer.Train(["the cat sat on the mat. the cat!"], 280, ["<|endoftext|>"]);
        var read = Load();
        read.Tokens.ShouldBe(trained.Tokens);
        foreach (var text in (string[])["the cat", "THE mat's e\u0301<|endoftext|> 12", ""])
            read.Encode(text).ShouldBe(trained.Encode(text), text);
    }

    [Fact]
    public void It_wins_over_the_older_files()
    {
        BpeTokenizer.Train(["zzzz zzzz"], 260, ["<|endoftext|>"]).Save(folder.Path);
        File.Delete(folder["added_tokens.json"]);
        File.Delete(folder["tokenizer_config.json"]);
        Load().IdOf("the").ShouldNotBeNull();
        Load().Save(folder["again"]);
        File.ReadAllBytes(folder["again/tokenizer.json"]).ShouldBe(File.ReadAllBytes(folder["tokenizer.json"]));
        File.Exists(folder["again/vocab.json"]).ShouldBeTrue("other programs read it");
    }

    [Fact]
    public void A_text_with_half_a_character_is_refused()
    {
        folder.Write("tokenizer.json", json.ToJsonString().Replace("\"BPE\"", "\"\\ud800\""));
        Should.Throw<UserError>(() => Tokenizer.Load(folder.Path)).Message.ShouldContain("tokenizer.json is not valid JSON");
    }

    [Fact]
    public void Merges_may_be_pairs()
    {
        var expected = Load().Encode("the cat");
        json["model"]!["merges"] = new JsonArray([.. json["model"]!["merges"]!.AsArray().Select(merge => new JsonArray([.. merge!.GetValue<string>().Split(' ').Select(part => (JsonNode)part)]))]);
        Load().Encode("the cat").ShouldBe(expected);
    }

    [Fact]
    public void A_word_that_is_a_token_needs_no_merges_where_they_are_ignored()
    {
        json["model"]!["vocab"]!["hello"] = 279;
        json["added_tokens"] = new JsonArray(SentencePieceFiles.Added(json["model"]!["vocab"]!.AsObject().Count, "<|endoftext|>"));
        json["model"]!["vocab"]!["hello"] = json["model"]!["vocab"]!.AsObject().Count - 1;
        Spelled("hello").ShouldNotContain("hello");
        json["model"]!["ignore_merges"] = true;
        Spelled("hello").ShouldBe(["hello"]);
    }

    [Theory]
    [InlineData("lstrip", "a \t<x> b", "a|<x>|Ġ|b")]
    [InlineData("rstrip", "a <x> \n b", "a|Ġ|<x>|b")]
    [InlineData("single_word", "<x> a<x> -<x>-", "<x>|Ġ|a|<|x|>|Ġ|-|<x>|-")]
    [InlineData("none", "a<x><x>b", "a|<x>|<x>|b")]
    public void Added_tokens_are_matched_as_their_flags_say(string flag, string text, string expected)
    {
        var entry = Add("<x>");
        if (flag != "none")
            entry[flag] = true;
        Spelled(text).ShouldBe(expected.Replace("<|x|>", "<?x?>").Split('|').Select(token => token.Replace('?', '|')).SelectMany(token => token == "<|x|>" ? (string[])["<", "x", ">"] : [token]));
    }

    [Fact]
    public void A_normalised_added_token_is_found_in_normalised_text()
    {
        Add("é!")["normalized"] = true;
        Spelled("e\u0301!").ShouldBe(["é!"]);
        json["added_tokens"]!.AsArray().RemoveAt(1);
        Add("é!");
        Spelled("e\u0301!").ShouldBe(["Ã", "©", "!"], "a raw one is looked for in the text as it is");
    }

    [Fact]
    public void The_longest_of_the_tokens_at_the_leftmost_place_wins()
    {
        Add("ab");
        Add("abc");
        Add("bcd");
        Spelled("xabcd").ShouldBe(["x", "abc", "d"]);
    }

    [Theory]
    [InlineData("model.type", "\"Unigram\"", "model.type Unigram is not supported")]
    [InlineData("model.dropout", "0.1", "model.dropout other than 0 is not supported")]
    [InlineData("model.continuing_subword_prefix", "\"##\"", "model.continuing_subword_prefix \"##\" is not supported")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix \"</w>\" is not supported")]
    [InlineData("model.vocab", "[]", "model.vocab is an array; it must be an object")]
    [InlineData("model.merges", "[\"q q\"]", "model.merges[0] is \"q q\"; it must be two tokens")]
    [InlineData("model.merges", "[3]", "model.merges[0] is 3; it must be two tokens")]
    [InlineData("model.merges", "[\"a t\", \"a t\"]", "this merge is repeated")]
    [InlineData("normalizer", "{\"type\": \"Lowercase\"}", "normalizer Lowercase is not supported; NFC and none are")]
    [InlineData("pre_tokenizer", "{\"type\": \"Whitespace\"}", "pre_tokenizer Whitespace is not supported")]
    [InlineData("pre_tokenizer", "{\"type\": \"ByteLevel\", \"add_prefix_space\": true}", "pre_tokenizer.add_prefix_space true is not supported")]
    [InlineData("pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\"}, {\"type\": \"ByteLevel\"}]}", "pre_tokenizer Digits + ByteLevel is not supported")]
    [InlineData("pre_tokenizer.pretokenizers", "[]", "pre_tokenizer Sequence is not supported")]
    [InlineData("decoder", "{\"type\": \"WordPiece\"}", "decoder WordPiece is not supported")]
    [InlineData("added_tokens", "[{\"id\": 9999, \"content\": \"y\"}]", "leaves a gap")]
    [InlineData("added_tokens", "[{\"id\": -1, \"content\": \"y\"}]", "the id -1 of the added token y")]
    [InlineData("added_tokens", "[{\"id\": 5}]", "added_tokens[0].content is absent")]
    public void What_is_not_supported_is_refused_by_name(string place, string value, string message)
    {
        var parts = place.Split('.');
        JsonNode node = json;
        foreach (var part in parts.SkipLast(1))
            node = node[part]!;
        node[parts[^1]] = JsonNode.Parse(value);
        var error = Should.Throw<UserError>(() => Load()).Message;
        error.ShouldContain(message);
        error.ShouldNotContain("\n");
    }

    [Fact]
    public void An_unknown_split_rule_is_refused()
    {
        json["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = @"\w+";
        Should.Throw<UserError>(() => Load()).Message.ShouldContain(@"pre_tokenizer.pretokenizers[0].pattern.Regex \w+ is not supported");
    }

    [Fact]
    public void Llamas_file_is_read_only_as_Llama_has_it()
    {
        Refused(file => file["normalizer"] = null, "normalizer none is not supported");
        Refused(file => file["normalizer"]!["normalizers"]![0]!["prepend"] = "x", "normalizer Prepend + Replace is not supported");
        Refused(file => file["pre_tokenizer"] = JsonNode.Parse("""{"type": "Whitespace"}"""), "pre_tokenizer Whitespace is not supported");
        Refused(file => file["decoder"] = JsonNode.Parse("""{"type": "Metaspace"}"""), "decoder Metaspace is not supported");
        Refused(file => file["model"]!["byte_fallback"] = false, "model.byte_fallback false is not supported");
        Refused(file => file["model"]!["vocab"]!.AsObject().Remove("<s>"), "ids without gaps");
        var read = Write(SentencePieceFiles.Json(LlamaPieces));
        read.BeginningOfText.ShouldBe(1);
        read.EndOfText.ShouldBe(2);
        read.Encode("a</s>a").Select(id => read.Tokens[id]).ShouldBe(["▁a", "</s>", "▁a"]);
        read.Decode(read.Encode("a</s>a"), skipSpecial: true).ShouldBe("a a");

        void Refused(Action<JsonObject> change, string message)
        {
            var file = SentencePieceFiles.Json(LlamaPieces);
            change(file);
            Should.Throw<UserError>(() => Write(file)).Message.ShouldContain(message);
        }
    }

    [Theory]
    [InlineData("always", "▁a|</s>|▁a|▁|<x y>|▁▁|a")]
    [InlineData("first", "▁a|</s>|a|▁|<x y>|▁▁|a")]
    [InlineData("never", "a|</s>|a|▁|<x y>|▁▁|a")]
    public void Metaspace_puts_a_space_in_front_where_its_scheme_says(string scheme, string expected)
    {
        var read = Write(Metaspace(scheme));
        Spell(read, "a</s>a <x y>  a").ShouldBe(expected);
        Spell(read, " a").ShouldBe("▁a", "a space that is there is the one in front");
        Spell(read, "▁a").ShouldBe("▁a");
        Spell(read, "").ShouldBe("");
        read.Decode(read.Encode("a a")).ShouldBe("a a");
    }

    [Fact]
    public void A_decoder_without_Strip_keeps_the_first_space()
    {
        var file = Metaspace("never");
        file["decoder"]!["decoders"]!.AsArray().RemoveAt(3);
        var read = Write(file);
        read.Decode(read.Encode(" a a")).ShouldBe(" a a");
    }

    [Fact]
    public void A_normalizer_without_Prepend_puts_no_space_in_front()
    {
        var file = SentencePieceFiles.Json(LlamaPieces);
        file["normalizer"]!["normalizers"]!.AsArray().RemoveAt(0);
        Spell(Write(file), "a</s>a  a").ShouldBe("a|</s>|a|▁▁|a");
    }

    [Theory]
    [InlineData("split", "true", "pre_tokenizer.split true is not supported")]
    [InlineData("split", "null", "pre_tokenizer.split true is not supported")]
    [InlineData("replacement", "\"_\"", "pre_tokenizer.replacement _ is not supported")]
    [InlineData("prepend_scheme", "\"last\"", "pre_tokenizer.prepend_scheme last is not supported")]
    [InlineData("add_prefix_space", "false", "pre_tokenizer.add_prefix_space false is not supported")]
    public void A_Metaspace_that_no_Llama_has_is_refused(string name, string value, string message)
    {
        var file = Metaspace("first");
        file["pre_tokenizer"]![name] = JsonNode.Parse(value);
        Should.Throw<UserError>(() => Write(file)).Message.ShouldContain(message);
    }

    [Fact]
    public void Metaspace_and_a_normalizer_do_not_go_together()
    {
        var file = Metaspace("first");
        file["normalizer"] = SentencePieceFiles.Json(LlamaPieces)["normalizer"]!.DeepClone();
        Should.Throw<UserError>(() => Write(file)).Message.ShouldContain("normalizer Sequence is not supported; beside the pre_tokenizer Metaspace there must be none");
    }

    public void Dispose() => folder.Dispose();

    internal static JsonObject Gpt2(IEnumerable<string> tokens, IEnumerable<string> merges) => Describe(tokens, merges, null, "{\"type\": \"ByteLevel\", \"add_prefix_space\": false}");

    private static JsonObject Qwen2(IEnumerable<string> tokens, IEnumerable<string> merges) => Describe(tokens, merges, "{\"type\": \"NFC\"}", """
        {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
           "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
          {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}
        """);

    private static JsonObject Describe(IEnumerable<string> tokens, IEnumerable<string> merges, string? normalizer, string preTokenizer) => new()
    {
        ["normalizer"] = normalizer is null ? null : JsonNode.Parse(normalizer),
        ["pre_tokenizer"] = JsonNode.Parse(preTokenizer),
        ["decoder"] = JsonNode.Parse("""{"type": "ByteLevel"}"""),
        ["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["vocab"] = new JsonObject(tokens.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id))),
            ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)merge)]),
        },
    };

    // As transformers saves a Llama whose tokenizer is not "legacy", with an added token that is looked for in normal text.
    private static JsonObject Metaspace(string scheme)
    {
        var file = SentencePieceFiles.Json(LlamaPieces);
        file["normalizer"] = null;
        file["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = scheme, ["split"] = false };
        file["added_tokens"]!.AsArray().Add(SentencePieceFiles.Added(LlamaPieces.Length, "<x y>", special: false, normalized: true));
        return file;
    }

    private static string Spell(Tokenizer tokenizer, string text) => string.Join('|', tokenizer.Encode(text).Select(id => tokenizer.Tokens[id]));

    private JsonObject Add(string content)
    {
        var entry = SentencePieceFiles.Added(json["model"]!["vocab"]!.AsObject().Count + json["added_tokens"]!.AsArray().Count, content, special: false);
        json["added_tokens"]!.AsArray().Add(entry);
        return entry;
    }

    private string[] Spelled(string text)
    {
        var tokenizer = Load();
        return [.. tokenizer.Encode(text).Select(id => tokenizer.Tokens[id])];
    }

    private Tokenizer Load() => Write(json);

    private Tokenizer Write(JsonObject file)
    {
        folder.Write("tokenizer.json", file.ToJsonString());
        return Tokenizer.Load(folder.Path);
    }
}
