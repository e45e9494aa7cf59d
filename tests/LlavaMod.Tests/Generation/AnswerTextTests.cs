using LlavaMod.Generation;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Generation;

public sealed class AnswerTextTests
{
    private static readonly Tokenizer Tokenizer = BpeTokenizer.Train(["one two three"], 258, ["<|endoftext|>"]); // nearly a token a byte

    // The pieces of a text that comes token by token, and what is left when it ends.
    private static (string[] Pieces, AnswerText Text) Stream(string text, params string[] stops)
    {
        var answer = new AnswerText(Tokenizer, stops);
        var pieces = new List<string>();
        foreach (int id in Tokenizer.Encode(text))
        {
            pieces.Add(answer.Append(id));
            if (answer.Stopped) break;
        }
        if (!answer.Stopped) pieces.Add(answer.End());
        string.Concat(pieces).ShouldBe(answer.ToString());
        return ([.. pieces], answer);
    }

    [Theory]
    [InlineData("one two")]
    [InlineData("  one  two \n")]
    [InlineData("\n \n")]
    [InlineData("")]
    [InlineData("größer 😀 than 中文")]
    public void All_pieces_together_are_the_trimmed_text(string text) => Stream(text).Text.ToString().ShouldBe(text.Trim());

    [Fact]
    public void Characters_come_whole()
    {
        foreach (string piece in Stream("a😀é中b").Pieces) piece.ShouldNotContain('\uFFFD');
        Stream("a😀é中b").Pieces.Where(piece => piece.Length > 0).ShouldBe(["a", "😀", "é", "中", "b"]);
    }

    [Fact]
    public void A_character_that_is_cut_off_is_shown_at_the_end()
    {
        var answer = new AnswerText(Tokenizer, []);
        foreach (int id in Tokenizer.Encode("a中")[..^1]) answer.Append(id);
        answer.ToString().ShouldBe("a");
        answer.End().ShouldBe("\uFFFD");
    }

    [Fact]
    public void What_may_be_the_last_white_space_waits_for_what_follows() =>
        Stream("a b").Pieces.ShouldBe(["a", "", " b", ""]);

    [Fact]
    public void A_stop_string_ends_the_text_and_is_cut_off()
    {
        var (pieces, text) = Stream("x = 1;END y = 2", "END");
        text.Stopped.ShouldBeTrue();
        text.ToString().ShouldBe("x = 1;");
        pieces[^1].ShouldBeEmpty();
        Stream("END", "END").Text.ToString().ShouldBeEmpty();
        Stream("a\n\nb", "\n\n").Text.ToString().ShouldBe("a");
    }

    [Fact]
    public void The_stop_string_that_begins_first_ends_the_text() => Stream("a bcd e", "cd", "bcd").Text.ToString().ShouldBe("a");

    [Fact]
    public void A_beginning_of_a_stop_string_waits_until_it_is_known_not_to_be_one()
    {
        Stream("aENaENx", "END").Pieces.ShouldBe(["a", "", "", "ENa", "", "", "ENx", ""]);
        Stream("aEN", "END").Pieces.ShouldBe(["a", "", "", "EN"]);
        Stream("ababac!", "abac").Text.ToString().ShouldBe("ab");
    }

    [Fact]
    public void Special_tokens_and_ids_without_text_say_nothing()
    {
        var answer = new AnswerText(Tokenizer, []);
        answer.Append(Tokenizer.EndOfText).ShouldBeEmpty();
        answer.Append(Tokenizer.VocabSize + 5).ShouldBeEmpty();
        answer.Append(Tokenizer.Encode("a")[0]).ShouldBe("a");
    }
}
