using LlavaMod.Cli.Results;

namespace LlavaMod.Cli.Tests;

public class FigureTableTests
{
    [Fact]
    public void The_models_of_a_run_fit_into_80_columns()
    {
        var output = new StringWriter();
        var console = Terminal.Plain(output);
        console.Profile.Width = 80;
        ModelTable.Of(
        [
            new("teacher", 1_234_567, 1_234_567, 1, 1, 1, 1, 1, 3725),
            new("student-preference", 574_000, 507_000, 0.634, null, 0.888, 0.12, 0.101, 115),
        ]).Write(console);
        var lines = output.ToString().TrimEnd().Split('\n');
        lines.Length.ShouldBe(4);
        lines.ShouldAllBe(line => line.TrimEnd().Length <= 80);
        lines[3].ShouldStartWith("student-preference  574 k  507 k   63.4 %       -  88.8 %  12.0 %  10.1 %");
    }
}
