namespace LlavaMod.Cli.Tests;

internal static class TextAssertions
{
    public static void ShouldHaveLines(this string text, int count) => text.Count(letter => letter == '\n').ShouldBe(count, text);
}
