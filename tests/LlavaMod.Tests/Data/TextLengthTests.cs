using LlavaMod.Data;

namespace LlavaMod.Tests.Data;

public sealed class TextLengthTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("  \n", 0)]
    [InlineData("two words", 2)]
    [InlineData("Is there a red circle?", 6)]
    [InlineData("x=1, y=2", 7)]
    [InlineData("crème brûlée", 2)]
    [InlineData("привет мир", 2)]
    [InlineData("図の中に", 4)] // no spaces: every letter may be a token
    [InlineData("안녕하세요 세계", 7)]
    [InlineData("👍🏽 ok", 3)]
    public void Words_and_signs_are_counted(string text, int words) => TextLength.Words(text).ShouldBe(words);
}
