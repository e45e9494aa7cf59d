using System.Text.RegularExpressions;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

public sealed class WordSplitterTests
{
    // The published expressions. In the first plane the runtime's engine agrees with them, except on the long s.
    private const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Letters = "aZstmdrvleSTLVEé中\u0301１½Ⅷ09 \t\r\n\u00a0\u3000\u0085'''.,-!…()";

    [Fact]
    public void Qwen2_splits_as_its_expression_does() => Compare(new Qwen2Splitter(), new Regex(Qwen2));

    [Fact]
    public void Gpt2_splits_as_its_expression_does() => Compare(new Gpt2Splitter(), new Regex(Gpt2));

    [Fact]
    public void Letters_beyond_the_first_plane_are_letters() => Split(new Qwen2Splitter(), "𝒜𝒷 𐐷x😀😀").ShouldBe(["𝒜𝒷", " 𐐷x", "😀😀"]);

    [Fact]
    public void The_long_s_is_an_s_in_contractions() => Split(new Qwen2Splitter(), "'ſa").ShouldBe(["'ſ", "a"]);

    [Fact]
    public void A_lone_surrogate_is_a_word_character_like_any_other() => Split(new Qwen2Splitter(), "a\ud83d b").ShouldBe(["a", "\ud83d", " b"]);

    private static void Compare(WordSplitter splitter, Regex expression)
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string(random.GetItems<char>(Letters, random.Next(1, 12)));
            var expected = expression.Matches(text).Select(match => match.Value).ToArray();
            var actual = Split(splitter, text);
            if (!actual.SequenceEqual(expected))
                actual.ShouldBe(expected, ignoreOrder: false, Regex.Escape(text));
        }
    }

    private static List<string> Split(WordSplitter splitter, string text)
    {
        var words = new List<string>();
        for (var rest = text; rest.Length > 0; rest = rest[words[^1].Length..])
            words.Add(rest[..splitter.Next(rest)]);
        return words;
    }
}
