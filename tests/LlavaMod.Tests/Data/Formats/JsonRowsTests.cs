using System.Text;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Formats;

public class JsonRowsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(700, 300_000)]
    public void Line_ends_are_found_wherever_windows_end(int rows, int longest)
    {
        var random = new Random(rows);
        var text = new StringBuilder();
        var expected = new List<RowSpan>();
        for (var line = 1; expected.Count < rows; line++)
        {
            var blank = random.Next(10) == 0;
            var content = blank ? new string(' ', random.Next(3)) : new string('x', random.Next(1, random.Next(20) == 0 ? longest + 1 : 300));
            if (!blank)
                expected.Add(new RowSpan(text.Length, content.Length, line));
            text.Append(content).Append('\n');
        }
        Index(text.ToString()).ShouldBe(expected);
        Index(text.ToString().TrimEnd('\n')).ShouldBe(expected);
        Index(text.ToString(), limit: 3).ShouldBe(expected[..3]);
    }

    [Fact]
    public void A_compressed_file_is_refused_by_name()
    {
        File.WriteAllBytes(folder["rows.jsonl.gz"], [0x1F, 0x8B, 8, 0, (byte)'\n', 1]);
        Should.Throw<UserError>(() => new LlavaFormat(new() { Path = folder["rows.jsonl.gz"] }).Open(ImageSource.Open)).Message
            .ShouldBe("rows.jsonl.gz: it is compressed; decompress it (gunzip): rows are read from the middle of a file");
    }

    [Fact]
    public void A_row_is_numbered_by_its_line_in_the_file() =>
        Index("\uFEFF\n\n {}\n\r\n{}").ShouldBe([new RowSpan(6, 2, 3), new RowSpan(11, 2, 5)]);

    [Fact]
    public void Elements_of_an_array_are_numbered_from_one() =>
        Index("[ {\"a\": [1, 2]} ,\n5]").ShouldBe([new RowSpan(2, 13, 1), new RowSpan(18, 1, 2)]);

    [Fact]
    public void Lines_are_not_looked_into() => Index("{not json\n]]]").Count.ShouldBe(2);

    private List<RowSpan> Index(string text, int? limit = null)
    {
        var path = Path.Combine(folder.Path, "rows");
        File.WriteAllText(path, text);
        using var rows = new DiskList<RowSpan>();
        using var file = FileWindow.Open(path, "rows");
        using var window = new FileWindow(file);
        JsonRows.Index(window, "rows", limit, rows);
        return [.. Enumerable.Range(0, rows.Count).Select(i => rows[i])];
    }
}
