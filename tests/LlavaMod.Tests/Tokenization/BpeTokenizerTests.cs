using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

public sealed class BpeTokenizerTests
{
    private static readonly string[] Special = ["<|endoftext|>", "<|im_start|>"];

    private static readonly string[] Texts =
    [
        "USER: What is in the image? ASSISTANT: There is a red circle and a blue square.",
        "USER: Is there a red square? ASSISTANT: No, there is a red circle.<|endoftext|>",
        "USER: How many circles are there? ASSISTANT: There are 2 circles, 1 red and 1 blue.\n",
    ];

    private static readonly Tokenizer Tokenizer = BpeTokenizer.Train(Texts, 300, Special);

    [Theory]
    [InlineData("")]
    [InlineData("There is a red circle.")]
    [InlineData("never seen: Ünïcode, 中文, 😀, \0, \t\r\n and ½")]
    [InlineData("<|endoftext|> inside <|im_start|>text<|endoftext|><|endoftext")]
    public void Decoding_restores_any_text(string text) => Tokenizer.Decode(Tokenizer.Encode(text)).ShouldBe(text);

    [Fact]
    public void Decoding_restores_every_byte()
    {
        var all = new string([.. Enumerable.Range(0, 0x300).Select(code => (char)code)]);
        Tokenizer.Decode(Tokenizer.Encode(all)).ShouldBe(all);
    }

    [Fact]
    public void A_trained_vocabulary_is_bytes_then_merges_then_special_tokens()
    {
        Tokenizer.VocabSize.ShouldBe(300);
        Tokenizer.Encode("\0")[0].ShouldBe(0);
        Tokenizer.Tokens[' '].ShouldBe("Ġ");
        Tokenizer.Tokens[298].ShouldBe("<|endoftext|>");
        Tokenizer.IdOf("<|im_start|>").ShouldBe(299);
        Tokenizer.IdOf("no such token").ShouldBeNull();
        Tokenizer.EndOfText.ShouldBe(298);
        Tokenizer.Pad.ShouldBe(298);
    }

    [Fact]
    public void The_most_frequent_pair_merges_first()
    {
        var small = BpeTokenizer.Train(["abab ab", "abc"], 259, ["<|endoftext|>"]);
        small.Tokens[256].ShouldBe("ab");
        small.VocabSize.ShouldBe(258, "no other pair occurs twice");
        small.Encode("xabc").ShouldBe(['x', 256, 'c']);
    }

    [Fact]
    public void Equally_frequent_pairs_merge_in_the_order_of_their_ids()
        => BpeTokenizer.Train(["zq zq ab ab"], 260, ["<|endoftext|>"]).Tokens.Skip(256).ShouldBe(["Ġa", "zq", "Ġab", "<|endoftext|>"]);

    [Fact]
    public void Training_does_not_depend_on_the_order_of_texts()
        => BpeTokenizer.Train(Texts.Reverse(), 300, Special).Tokens.ShouldBe(Tokenizer.Tokens);

    [Fact]
    public void Training_leaves_special_tokens_out_of_the_merges()
        => BpeTokenizer.Train(["<|endoftext|><|endoftext|>", "<|endoftext|>"], 300, Special).VocabSize.ShouldBe(258);

    [Fact]
    public void A_vocabulary_smaller_than_the_bytes_is_refused()
        => Should.Throw<UserError>(() => BpeTokenizer.Train(Texts, 257, Special)).Message.ShouldContain("vocab_size 257 is too small");

    [Fact]
    public void A_saved_tokenizer_loads_as_the_same()
    {
        using var folder = new TemporaryFolder();
        Tokenizer.Save(folder.Path);
        var again = Tokenizer.Load(folder.Path);
        again.Tokens.ShouldBe(Tokenizer.Tokens);
        again.EndOfText.ShouldBe(Tokenizer.EndOfText);
        again.Encode(Texts[1]).ShouldBe(Tokenizer.Encode(Texts[1]));
        again.Decode(again.Encode(Texts[1]), skipSpecial: true).ShouldBe(Texts[1].Replace("<|endoftext|>", ""));
    }

    [Fact]
    public void Many_threads_get_what_one_gets()
    {
        var fresh = BpeTokenizer.Train(Texts, 300, Special);
        var texts = Enumerable.Range(0, 2_000).Select(i => $"{Texts[i % 3]} {i % 97}").ToArray();
        var together = texts.AsParallel().AsOrdered().Select(fresh.Encode).ToArray();
        for (var i = 0; i < texts.Length; i++)
            together[i].ShouldBe(Tokenizer.Encode(texts[i]));
    }

    [Fact]
    public void Tokens_of_words_seen_before_allocate_nothing() => AllocatesNothingForAToken([string.Concat(Enumerable.Repeat(Texts[0], 200))]);

    [Fact]
    public void Tokens_of_words_too_long_to_remember_allocate_nothing()
    {
        var random = new Random(1);
        AllocatesNothingForAToken([.. Enumerable.Range(0, 50).Select(i => string.Concat(Enumerable.Range(0, 100 + i * 20).Select(_ => (char)random.Next('a', 'z'))))]);
    }

    [Fact]
    public void Ids_outside_the_vocabulary_are_refused()
        => Should.Throw<ArgumentOutOfRangeException>(() => Tokenizer.Decode([1, 300])).Message.ShouldContain("0 to 299");

    // The runtime's own search may take some bytes a text until it is compiled for good; what counts is that tokens take none.
    private static void AllocatesNothingForAToken(IReadOnlyList<string> texts)
    {
        var ids = new System.Buffers.ArrayBufferWriter<int>(1 << 17);
        foreach (var text in texts)
            Tokenizer.Encode(text, ids);
        ids.ResetWrittenCount();
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var text in texts)
            Tokenizer.Encode(text, ids);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(ids.WrittenCount);
    }
}
