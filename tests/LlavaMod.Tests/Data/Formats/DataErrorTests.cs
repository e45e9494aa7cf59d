using LlavaMod.Data.Formats;

namespace LlavaMod.Tests.Data.Formats;

public class DataErrorTests
{
    [Fact]
    public void What_is_quoted_of_a_file_forges_no_line_and_commands_no_terminal()
    {
        var error = new DataError("a.json", 1, "5\u001b[31m\na.json: row 2", "image 'x\r\u009b2J\u2028\u202egnp.exe' is missing");
        error.ToString().ShouldBe(@"a.json: row 1 (id 5\u001B[31m\u000Aa.json: row 2): image 'x\u000D\u009B2J\u2028\u202Egnp.exe' is missing");
    }

    [Fact]
    public void Long_ids_and_reasons_lose_their_middle_and_say_how_much()
    {
        var error = new DataError("a.json", 1, new string('i', 5000), $"image '{new string('n', 1_000_000)}' is missing");
        error.Id.ShouldBe($"{new string('i', 150)}...(4,800 characters)...{new string('i', 50)}");
        error.Reason.ShouldBe($"image '{new string('n', 743)}...(999,019 characters)...{new string('n', 238)}' is missing");
        var pairs = new DataError("a.json", 1, new string('i', 149) + string.Concat(Enumerable.Repeat("😀", 100)) + new string('i', 49), "x");
        pairs.Id.ShouldBe($"{new string('i', 149)}...(200 characters)...{new string('i', 49)}");
    }

    [Theory]
    [InlineData("photo 5 – 写真 😀 é")]
    [InlineData("")]
    [InlineData(null)]
    public void Other_ids_are_left_as_they_are(string? id) => new DataError("a.json", 1, id, "no conversations").Id.ShouldBe(id);
}
