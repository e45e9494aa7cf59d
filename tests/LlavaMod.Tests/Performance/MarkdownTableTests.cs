using LlavaMod.Performance;
using LlavaMod.Performance.Results;

namespace LlavaMod.Tests.Performance;

public sealed class MarkdownTableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ResultFile file;

    public MarkdownTableTests() => file = ResultFile.Open(folder["performance.json"], new Machine("a processor", 2, 2, 8, "1.13", "Haswell", false));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_line_shows_medians_spread_ratios_memory_and_whether_targets_are_met()
    {
        Add("met", new Line("a step")
        {
            Ours = new Timing(0.5, 0.4, 0.75, 100 << 20), Peer = new Timing(1.25, 1.2, 1.5, 400 << 20), SpeedTarget = 2, MemoryTarget = 0.2, Floor = 0.25,
        });
        Cells("a step").ShouldBe(
            ["a step", "500 (400–750)", "1,250 (1,200–1,500)", "2.50 x", "≥ 2 x", "100", "400", "0.25 x", "≤ 0.2 x, **short**", "250"]);
    }

    [Fact]
    public void A_peer_that_did_not_run_gives_no_number_but_the_reason()
    {
        Add("absent", new Line("a step") { Ours = new Timing(0.5, 0.4, 0.75, 100 << 20), SpeedTarget = 4, Note = "not run: no arithmetic" });
        Cells("a step")[2..5].ShouldBe(["—", "", "≥ 4 x"]);
        Table().ShouldContain("- a step: not run: no arithmetic.");
    }

    [Fact]
    public void A_row_that_failed_says_why()
    {
        file.Add("wrong", new MeasuredRow(DateTimeOffset.UnixEpoch, "abc1234", false, [], "the peer disagrees"), new Rates(1, 1, 1));
        Table().ShouldContain("- **wrong failed**: the peer disagrees.");
    }

    [Fact]
    public void Other_figures_stand_beside_the_most_that_they_shall_be()
    {
        Add("waiting", new Line("a run") { Figures = [new Figure("waiting for data", 3.5, "%", AtMost: 3), new Figure("pictures", 12, "a second")] });
        Cells("a run: waiting for data").ShouldBe(["a run: waiting for data", "3.5 %", "≤ 3 %, **short**"]);
        Cells("a run: pictures").ShouldBe(["a run: pictures", "12 a second", ""]);
    }

    [Fact]
    public void A_document_gets_the_table_between_its_markers_and_keeps_the_rest()
    {
        const string document = "# Before\n<!-- performance:begin -->\nold\n<!-- performance:end -->\nafter\n";
        MarkdownTable.Place(document, "a.md", "new\n").ShouldBe("# Before\n<!-- performance:begin -->\nnew\n<!-- performance:end -->\nafter\n");
        Should.Throw<UserError>(() => MarkdownTable.Place("# no place", "a.md", "new")).Message.ShouldContain("a.md");
    }

    private void Add(string name, Line line) => file.Add(name, new MeasuredRow(DateTimeOffset.UnixEpoch, "abc1234", false, [line], null), new Rates(1, 1, 1));

    private string Table() => MarkdownTable.Of(file, file.Rows.Keys.Select(name => new Row(name, "", _ => 0, _ => [])));

    private string[] Cells(string first) =>
        [.. Table().Split('\n').Single(line => line.StartsWith($"| {first} ", StringComparison.Ordinal))[1..^1].Split('|').Select(cell => cell.Trim())];
}
