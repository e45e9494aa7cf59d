using LlavaMod.Fuzz;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

public sealed class StreamingDecoderTests : IDisposable
{
    private static readonly Tokenizer Bytes = BpeTokenizer.Train(["日本語 日本語 😀😀 naïve naïve"], 290, ["<|endoftext|>"]);

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Half_a_character_waits_for_its_other_half()
    {
        var decoder = new StreamingDecoder(Bytes);
        decoder.Append(0xF0).ShouldBe("");
        decoder.Append(0x9F).ShouldBe("");
        decoder.Append(0x98).ShouldBe("");
        decoder.Append(0x80).ShouldBe("😀");
        decoder.Append('a').ShouldBe("a");
        decoder.Flush().ShouldBe("");
    }

    [Fact]
    public void What_never_becomes_a_character_is_replaced()
    {
        var decoder = new StreamingDecoder(Bytes);
        decoder.Append(0xE6).ShouldBe("");
        decoder.Append(0x97).ShouldBe("");
        decoder.Append('b').ShouldBe("\ufffdb");
        decoder.Append(0xF0).ShouldBe("");
        decoder.Flush().ShouldBe("\ufffd");
        decoder.Append('c').ShouldBe("c");
    }

    [Fact]
    public void Special_tokens_can_be_left_out()
    {
        var decoder = new StreamingDecoder(Bytes, skipSpecial: true);
        (decoder.Append('a') + decoder.Append(Bytes.EndOfText) + decoder.Append('b')).ShouldBe("ab");
    }

    [Fact]
    public void Byte_level_streams_are_what_is_decoded() => StreamsWhatIsDecoded(Bytes, seed: 3);

    [Fact]
    public void Byte_level_text_is_that_of_the_bytes()
    {
        var random = new Random(5);
        for (var i = 0; i < 2_000; i++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(128, 256))];
            Bytes.Decode(ids).ShouldBe(System.Text.Encoding.UTF8.GetString([.. ids.Select(id => (byte)id)]));
        }
    }

    [Fact]
    public void SentencePiece_leaves_the_first_space_out_and_replaces_each_byte()
    {
        File.WriteAllBytes(folder["tokenizer.model"], SentencePieceWriter.Write(
        [
            ("<unk>", 0, SentencePieceWriter.Unknown), ("<s>", 0, SentencePieceWriter.Control), ("</s>", 0, SentencePieceWriter.Control),
            .. SentencePieceFiles.Bytes, ("▁a", -1, SentencePieceWriter.Normal), ("▁", -2, SentencePieceWriter.Normal), ("a", -3, SentencePieceWriter.Normal),
        ]));
        var tokenizer = Tokenizer.Load(folder.Path);
        int word = tokenizer.IdOf("▁a")!.Value, first = 3;
        var decoder = new StreamingDecoder(tokenizer);
        decoder.Append(word).ShouldBe("a");
        decoder.Append(word).ShouldBe(" a");
        decoder.Append(first + 0xE6).ShouldBe("");
        decoder.Append(first + 0x97).ShouldBe("");
        decoder.Append(word).ShouldBe("\ufffd\ufffd a");
        StreamsWhatIsDecoded(tokenizer, seed: 4);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Random tokens, half of them bytes where there are such tokens, streamed and decoded at once.</summary>
    internal static void StreamsWhatIsDecoded(Tokenizer tokenizer, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 2_000; i++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(random.Next(2) == 0 ? 259 : tokenizer.VocabSize))];
            var skip = random.Next(2) == 0;
            var decoder = new StreamingDecoder(tokenizer, skip);
            var pieces = ids.Select(id => decoder.Append(id)).ToList();
            pieces.Add(decoder.Flush());
            string.Concat(pieces).ShouldBe(tokenizer.Decode(ids, skip));
            pieces.ShouldAllBe(piece => piece.Length == 0 || (!char.IsLowSurrogate(piece[0]) && !char.IsHighSurrogate(piece[piece.Length - 1])));
        }
    }
}
