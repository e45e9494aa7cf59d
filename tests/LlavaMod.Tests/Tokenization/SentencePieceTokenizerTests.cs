using LlavaMod.Fuzz;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

/// <summary>SentencePiece's BPE on a small model, against its algorithm written down once more in the plainest way.</summary>
public sealed class SentencePieceTokenizerTests : IDisposable
{
    private static readonly (string Text, float Score, int Type)[] Pieces =
    [
        ("<unk>", 0, SentencePieceWriter.Unknown), ("<s>", 0, SentencePieceWriter.Control), ("</s>", 0, SentencePieceWriter.Control),
        .. SentencePieceFiles.Bytes,
        .. Normal(-1, "ab", "▁a"), .. Normal(-2, "bc", "▁▁", "abc"), .. Normal(-3, "▁ab", "cc", "😀c"), .. Normal(-9, "▁", "a", "b", "c", "é"),
        ("xy", 0, SentencePieceWriter.UserDefined),
    ];

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void The_highest_score_merges_first_and_the_leftmost_of_equals()
    {
        var tokenizer = Load();
        Spelled(tokenizer, "abc").ShouldBe(["▁a", "bc"]);     // ▁a and ab are equals
        Spelled(tokenizer, "babcc").ShouldBe(["▁", "b", "abc", "c"]);
        Spelled(tokenizer, "").ShouldBe([]);
    }

    [Fact]
    public void A_character_without_a_piece_becomes_its_bytes_and_may_still_be_part_of_one()
    {
        Spelled(Load(), "😀c😀").ShouldBe(["▁", "😀c", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>"]);
    }

    [Fact]
    public void Without_byte_fallback_a_run_of_unknown_characters_is_one_unknown_token()
    {
        var tokenizer = Load(new SentencePieceWriter.Settings { ByteFallback = false });
        Spelled(tokenizer, "aüößbü").ShouldBe(["▁a", "<unk>", "b", "<unk>"]);
        tokenizer.Decode(tokenizer.Encode("aüb")).ShouldBe("a \u2047 b");
    }

    [Fact]
    public void User_defined_pieces_are_never_merged()
        => Spelled(Load(), "axyb").ShouldBe(["▁a", "xy", "b"]);

    [Fact]
    public void Text_becomes_what_the_plain_algorithm_makes_of_it()
    {
        var tokenizer = Load();
        var random = new Random(7);
        for (var i = 0; i < 2_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => (string[])["a", "b", "c", " ", "é", "😀", "ü"]).Select(letters => letters[random.Next(7)]));
            Spelled(tokenizer, text).ShouldBe(Plain(text), text);
            tokenizer.Decode(tokenizer.Encode(text)).ShouldBe(text);
        }
    }

    [Fact]
    public void A_text_that_continues_has_no_space_in_front()
    {
        var tokenizer = Load();
        var ids = new System.Buffers.ArrayBufferWriter<int>();
        tokenizer.Encode("ab", ids, TextPosition.Inside);
        ids.WrittenSpan.ToArray().ShouldBe([tokenizer.IdOf("ab")!.Value]);
    }

    [Fact]
    public void Control_symbols_come_from_text_only_where_the_configuration_names_them()
    {
        Spelled(Load(), "a</s>b").ShouldNotContain("</s>");
        folder.Write("tokenizer_config.json", """{"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>"}""");
        var named = Tokenizer.Load(folder.Path);
        Spelled(named, "a</s>b").ShouldBe(["▁a", "</s>", "▁", "b"]);
        (named.BeginningOfText, named.EndOfText).ShouldBe((1, 2));
        folder.Write("tokenizer_config.json", """{"bos_token": "<s>", "eos_token": "</s>", "legacy": false, "add_bos_token": false}""");
        var modern = Tokenizer.Load(folder.Path);
        Spelled(modern, "a</s>b").ShouldBe(["▁a", "</s>", "b"]);
        modern.BeginningOfText.ShouldBeNull();
    }

    [Fact]
    public void A_saved_model_is_the_one_that_was_read()
    {
        var tokenizer = Load();
        folder.Write("added_tokens.json", """{"<pad>": 278}""".Replace("278", $"{Pieces.Length}"));
        Tokenizer.Load(folder.Path).Save(folder["again"]);
        File.ReadAllBytes(folder["again/tokenizer.model"]).ShouldBe(File.ReadAllBytes(folder["tokenizer.model"]));
        var again = Tokenizer.Load(folder["again"]);
        again.Tokens.ShouldBe([.. tokenizer.Tokens, "<pad>"]);
        Spelled(again, "a<pad>").ShouldBe(["▁a", "<pad>"]);
    }

    [Fact]
    public void Models_of_other_kinds_are_refused_by_name()
    {
        Refused(new SentencePieceWriter.Settings { ModelType = 1 }, "the model type unigram is not supported");
        Refused(new SentencePieceWriter.Settings { Table = "x" }, "a normalisation table (precompiled_charsmap) is not supported");
        Refused(new SentencePieceWriter.Settings { RemovesSpaces = true }, "remove_extra_whitespaces true is not supported");
        Refused(new SentencePieceWriter.Settings { EscapesSpaces = false }, "escape_whitespaces false is not supported");
        Refused(new SentencePieceWriter.Settings { Suffix = true }, "treat_whitespace_as_suffix true is not supported");
    }

    [Fact]
    public void Broken_models_are_refused()
    {
        Refused([], "it has no pieces");
        Refused([1, 2, 3], "is not a SentencePiece model");
        Refused(SentencePieceWriter.Write(Pieces)[..^200], "is not a SentencePiece model");
        Refused(SentencePieceWriter.Write([.. Pieces, ("ab", 0, SentencePieceWriter.Normal)]), "holds the piece \"ab\" twice");
        Refused(SentencePieceWriter.Write([.. Pieces, ("zz", 0, SentencePieceWriter.Unused)]), "the piece \"zz\" of type Unused is not supported");
        Refused(SentencePieceWriter.Write([.. Pieces, ("zz", 0, 77)]), "the piece \"zz\" of type 77 is not supported");
        Refused(SentencePieceWriter.Write([.. Pieces, ("zz", float.NaN, SentencePieceWriter.Normal)]), "the score NaN");
        Refused(SentencePieceWriter.Write(Pieces.Where(piece => piece.Type != SentencePieceWriter.Unknown)), "has 0 unknown pieces");
        Refused(SentencePieceWriter.Write(Pieces.Where(piece => piece.Text != "<0x41>")), "needs the pieces <0x00> to <0xFF>");
    }

    public void Dispose() => folder.Dispose();

    private Tokenizer Load(SentencePieceWriter.Settings? settings = null)
    {
        File.WriteAllBytes(folder["tokenizer.model"], SentencePieceWriter.Write(Pieces, settings));
        return Tokenizer.Load(folder.Path);
    }

    private void Refused(SentencePieceWriter.Settings settings, string message) => Refused(SentencePieceWriter.Write(Pieces, settings), message);

    private void Refused(byte[] model, string message)
    {
        File.WriteAllBytes(folder["tokenizer.model"], model);
        Should.Throw<UserError>(() => Tokenizer.Load(folder.Path)).Message.ShouldContain(message);
    }

    private static (string Text, float Score, int Type)[] Normal(float score, params string[] texts) => [.. texts.Select(text => (text, score, SentencePieceWriter.Normal))];

    private static string[] Spelled(Tokenizer tokenizer, string text) => [.. tokenizer.Encode(text).Select(id => tokenizer.Tokens[id])];

    // The whole text as one word: the best pair of all is merged, again and again.
    private static string[] Plain(string text)
    {
        var scores = Pieces.Where(piece => piece.Type == SentencePieceWriter.Normal).ToDictionary(piece => piece.Text, piece => piece.Score);
        List<string> symbols = text.Length == 0 ? [] : [.. $" {text}".Replace(' ', '▁').EnumerateRunes().Select(rune => rune.ToString())];
        while (true)
        {
            var best = Enumerable.Range(0, Math.Max(symbols.Count - 1, 0)).Where(i => scores.ContainsKey(symbols[i] + symbols[i + 1]))
                .OrderByDescending(i => scores[symbols[i] + symbols[i + 1]]).Select(i => (int?)i).FirstOrDefault();
            if (best is not { } at)
                return [.. symbols.SelectMany(symbol => scores.ContainsKey(symbol) ? [symbol] : System.Text.Encoding.UTF8.GetBytes(symbol).Select(value => $"<0x{value:X2}>"))];
            symbols[at] += symbols[at + 1];
            symbols.RemoveAt(at + 1);
        }
    }
}
