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
    public void Long_ids_and_reasons_are_cut_and_their_length_said()
    {
        var error = new DataError("a.json", 1, new string('i', 5000), new string('r', 1_000_000));
        error.Id.ShouldBe(new string('i', 200) + "... (5,000 characters)");
        error.Reason.ShouldBe(new string('r', 1000) + "... (1,000,000 characters)");
        new DataError("a.json", 1, new string('i', 199) + "😀", "x").Id.ShouldBe(new string('i', 199) + "... (201 characters)");
    }

    [Theory]
    [InlineData("photo 5 – 写真 😀 é")]
    [InlineData("")]
    [InlineData(null)]
    public void Other_ids_are_left_as_they_are(string? id) => new DataError("a.json", 1, id, "no conversations").Id.ShouldBe(id);
}
