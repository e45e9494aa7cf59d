using System.Text.RegularExpressions;
using System.Xml.Linq;
using LlavaMod.Runs;
using LlavaMod.Runs.Reports;

namespace LlavaMod.Tests.Runs;

public partial class ReportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_run_becomes_one_page_with_everything_in_it()
    {
        var page = PageOf(FakeRun.Write(folder["quickstart"]));
        page.ShouldNotContain("<script");
        page.ShouldNotContain("<link");
        OutsideAddress().IsMatch(page).ShouldBeFalse();
        foreach (var id in (string[])["models", "loss", "gradients", "experts", "samples", "recipe"])
            page.ShouldContain($"<section id=\"{id}\">");
        Drawings(page).Count.ShouldBe(5 + 2 + 4); // losses; shares of two stages; two stages' experts for words and pictures
    }

    [Fact]
    public void The_same_files_give_the_same_page()
    {
        var run = FakeRun.Write(folder["run"]);
        PageOf(run).ShouldBe(PageOf(run));
    }

    [Fact]
    public void Every_drawing_is_well_formed_and_says_what_it_shows()
    {
        foreach (var drawing in Drawings(PageOf(FakeRun.Write(folder["run"]))))
        {
            drawing.Attribute("role")!.Value.ShouldBe("img");
            drawing.Attribute("aria-label")!.Value.ShouldContain("stage");
            drawing.ToString().ShouldNotContain("NaN");
            drawing.Descendants("text").ShouldContain(text => text.Value == "optimiser step");
        }
    }

    [Fact]
    public void A_heatmap_has_a_row_for_each_expert_of_each_layer()
    {
        var heatmap = Drawings(PageOf(FakeRun.Write(folder["run"]))).First(drawing => drawing.Attribute("aria-label")!.Value.StartsWith("Load", StringComparison.Ordinal));
        heatmap.Elements("rect").Select(cell => cell.Attribute("y")!.Value).Distinct().Count().ShouldBe(8);
        heatmap.Elements("text").Count(text => text.Value.StartsWith("layer", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public void An_even_load_is_the_middle_of_the_scale_and_an_unused_expert_its_end()
    {
        var run = FakeRun.Write(folder["run"]);
        using (var metrics = MetricsWriter.Create(run.Metrics))
            metrics.Write(Step("d2s", 1, 1, experts: [new(0, [0.5, 0.25, 0.25, 0], [0.5, 0.25, 0.25, 0], [0, 0, 0, 0])]));
        var page = PageOf(run);
        Drawings(page).Single(drawing => drawing.Attribute("aria-label")!.Value.StartsWith("Load", StringComparison.Ordinal))
            .Elements("rect").Select(cell => cell.Attribute("class")!.Value).ShouldBe(["shade o8", "shade o0", "shade o0", "shade u8"]);
        page.ShouldContain("No visual token was routed.");
    }

    [Fact]
    public void The_best_of_each_column_is_marked()
    {
        var page = PageOf(FakeRun.Write(folder["run"]));
        Regex.Count(page, "class=\"bar best\"").ShouldBe(5);
        page.ShouldContain("--part:93.7%\">93.7<small> %</small>");
        page.ShouldContain("aria-label=\"not measured\"");
    }

    [Fact]
    public void Short_answers_are_marked_right_or_wrong_and_captions_are_not()
    {
        var run = FakeRun.Write(folder["run"]);
        SampleAnswers.Write(run.Samples, [new(FakeRun.Picture(1), "Q", "Red", new Dictionary<string, string> { ["a"] = "red.", ["b"] = "blue" })]);
        var page = PageOf(run);
        Regex.Count(page, "mark right").ShouldBe(1);
        Regex.Count(page, "mark wrong").ShouldBe(1);
        SampleAnswers.Write(run.Samples, [new(FakeRun.Picture(1), "Q", "a red circle and a square", new Dictionary<string, string> { ["a"] = "red" })]);
        PageOf(run).ShouldNotContain("class=\"mark");
    }

    [Fact]
    public void No_text_of_a_run_becomes_markup()
    {
        const string Evil = "\"><script>alert('x')</script>&{}";
        var run = FakeRun.Write(folder["run"]);
        using (var metrics = MetricsWriter.Create(run.Metrics))
        {
            metrics.Write(Step(Evil, 1, 2, Evil, [new(0, [1, 0], [1, 0], [0, 1])]));
            metrics.Write(Step(Evil, 2, 2, Evil, [new(0, [1, 0], [1, 0], [0, 1])]));
        }
        new RunSummary(0, 1, [new(Evil, 1, 1, 0.5, null, null, null, null, 1)], [new(Evil, 1, 1, 1, 1, 1)]).Write(run.Summary);
        SampleAnswers.Write(run.Samples, [new(FakeRun.Picture(0), Evil, Evil, new Dictionary<string, string> { [Evil] = Evil })]);
        File.WriteAllText(run.Recipe, Evil);
        var page = PageOf(run);
        page.ShouldNotContain("<script");
        page.ShouldNotContain("alert('x')");
        page.ShouldContain("&lt;script&gt;");
        Drawings(page).Count.ShouldBe(4);
    }

    [Fact]
    public void A_picture_that_is_no_png_is_refused()
    {
        var run = FakeRun.Write(folder["run"]);
        SampleAnswers.Write(run.Samples, [new("x\" onerror=\"alert(1)", "Q", "A", new Dictionary<string, string>())]);
        Should.Throw<UserError>(() => Report.Write(run)).Message.ShouldBe("samples.json: the image of sample 1 is not a PNG in base64");
    }

    [Fact]
    public void A_run_that_is_not_over_gives_a_page_too()
    {
        var run = FakeRun.Write(folder["run"]);
        File.Delete(run.Summary);
        File.Delete(run.Samples);
        using (var metrics = MetricsWriter.Create(run.Metrics))
            metrics.Write(Step("init", 1, 50));
        var page = PageOf(run);
        page.ShouldContain("not finished");
        page.ShouldContain("1 of 50 steps");
        File.Delete(run.Metrics);
        PageOf(run).ShouldContain("<section id=\"recipe\">");
    }

    [Fact]
    public void Losses_that_are_not_numbers_leave_a_gap()
    {
        var run = FakeRun.Write(folder["run"]);
        using (var metrics = MetricsWriter.Create(run.Metrics))
        {
            for (var step = 1; step <= 9; step++)
                metrics.Write(Step("d2d", step, 9) with { Loss = step == 5 ? double.NaN : step });
        }
        Drawings(PageOf(run))[0].Descendants("path").First().Attribute("d")!.Value.Count(letter => letter == 'M').ShouldBe(2);
    }

    [Theory]
    [InlineData(0.18, 8.7, 0.1, 10, "0.1 0.2 0.5 1 2 5 10")]
    [InlineData(0.2, 5, 0.2, 5, "0.2 0.5 1 2 5")]
    [InlineData(0.0031, 0.04, 0.002, 0.05, "0.002 0.005 0.01 0.02 0.05")]
    [InlineData(3, 900, 2, 1000, "2 5 10 20 50 100 200 500 1000")]
    public void A_logarithmic_axis_keeps_ratios(double low, double high, double first, double last, string ticks)
    {
        var axis = Axis.AroundRatio(low, high, 200, 0);
        (axis.Low, axis.High).ShouldBe((first, last));
        axis.Ticks(5).Select(Axis.Label).ShouldBe(ticks.Split(' '));
        (axis.At(first), axis.At(last)).ShouldBe((200, 0));
        axis.At(Math.Sqrt(first * last)).ShouldBe(100, 1e-9);
    }

    [Theory]
    [InlineData(0.2, 3.7, 5)]
    [InlineData(-1e-7, 1e-7, 4)]
    [InlineData(2, 2, 5)]
    [InlineData(0, 0, 5)]
    [InlineData(123456, 987654, 6)]
    public void Axes_hold_all_values_between_round_ticks(double low, double high, int ticks)
    {
        var axis = Axis.Around(low, high, ticks, 100, 0);
        axis.Low.ShouldBeLessThanOrEqualTo(low);
        axis.High.ShouldBeGreaterThanOrEqualTo(high);
        axis.Ticks(ticks).Count.ShouldBeInRange(2, 14);
        axis.At(axis.Low).ShouldBe(100);
        axis.At(axis.High).ShouldBe(0, 1e-9);
    }

    private static StepMetrics Step(string stage, int step, int steps, string objective = "cross-entropy", ExpertMetrics[]? experts = null) => new(
        stage, step, steps, 1.5, 1e-3, 1, 100, 0.1,
        new Dictionary<string, ObjectiveMetrics> { [objective] = new(1, 0.5), ["other"] = new(1, 0.5) }, experts ?? []);

    private static string PageOf(RunFolder run)
    {
        Report.Write(run);
        return File.ReadAllText(run.Report);
    }

    private static List<XElement> Drawings(string page) =>
        [.. Drawing().Matches(page).Select(match => XElement.Parse(match.Value.Replace("&#39;", "'")))];

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Drawing();

    [GeneratedRegex("""(src|href|url)\s*[=(]\s*["']?(https?:|//)""")]
    private static partial Regex OutsideAddress();
}
