using LlavaMod.Runs;

namespace LlavaMod.Tests.Runs;

public class MetricsWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => folder["metrics.jsonl"];

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_line_has_the_published_keys_and_reads_back()
    {
        var step = new StepMetrics("d2d", 12, 300, 1.25, 1e-5, 0.5, 2048, 0.25,
            new Dictionary<string, ObjectiveMetrics> { ["forward-kl"] = new(1.5, 0.75) }, [new(0, [0.25, 0.75], [0.5, 0.5], [0, 1])]);
        using (var writer = MetricsWriter.Create(File))
            writer.Write(step);
        System.IO.File.ReadAllText(File).ShouldBe(
            """{"stage":"d2d","step":12,"steps":300,"loss":1.25,"lr":1E-05,"grad_norm":0.5,"tokens":2048,"seconds":0.25,"objectives":{"forward-kl":{"loss":1.5,"share":0.75}},"experts":[{"layer":0,"load":[0.25,0.75],"text":[0.5,0.5],"visual":[0,1]}],"data_wait":0}""" + "\n");
        var read = MetricsFile.Read(File).ShouldHaveSingleItem();
        read.ShouldBe(step with { Objectives = read.Objectives, Experts = read.Experts });
        read.Objectives["forward-kl"].ShouldBe(step.Objectives["forward-kl"]);
        read.Experts[0].Text.ShouldBe([0.5, 0.5]);
    }

    [Fact]
    public void A_step_over_pairs_has_its_rewards()
    {
        var step = Step("preference", 1) with { Rewards = new RewardMetrics(0.5, -1.5, 2, 0.75) };
        using (var writer = MetricsWriter.Create(File))
            writer.Write(step);
        System.IO.File.ReadAllText(File).ShouldEndWith(""","rewards":{"chosen":0.5,"rejected":-1.5,"margin":2,"accuracy":0.75}}""" + "\n");
        MetricsFile.Read(File).ShouldHaveSingleItem().Rewards.ShouldBe(step.Rewards);
    }

    [Fact]
    public void A_line_can_be_read_as_soon_as_it_is_written()
    {
        using var writer = MetricsWriter.Create(File);
        writer.Write(Step("init", 1));
        MetricsFile.Read(File).Count().ShouldBe(1);
    }

    [Theory]
    [InlineData("init", 0, "")]
    [InlineData("init", 2, "init1 init2")]
    [InlineData("init", 3, "init1 init2 init3")]
    [InlineData("d2d", 0, "init1 init2 init3")]
    [InlineData("d2d", 1, "init1 init2 init3 d2d1")]
    [InlineData("d2d", 9, "init1 init2 init3 d2d1 d2d2")]
    [InlineData("d2s", 0, "init1 init2 init3 d2d1 d2d2")]
    public void After_a_resume_no_step_is_told_twice(string stage, int step, string kept)
    {
        WriteSteps();
        using (var writer = MetricsWriter.Resume(File, stage, step))
            writer.Write(Step("next", 1));
        Told().ShouldBe($"{kept} next1".TrimStart());
    }

    [Fact]
    public void A_line_that_was_cut_short_by_a_kill_goes_away()
    {
        WriteSteps();
        System.IO.File.AppendAllText(File, "{\"stage\":\"d2d\",\"st");
        Told().ShouldBe("init1 init2 init3 d2d1 d2d2");
        using (var writer = MetricsWriter.Resume(File, "d2d", 2))
            writer.Write(Step("d2d", 3));
        Told().ShouldBe("init1 init2 init3 d2d1 d2d2 d2d3");
    }

    [Fact]
    public void What_follows_the_resumed_step_need_not_be_readable()
    {
        WriteSteps();
        System.IO.File.AppendAllText(File, new string('\0', 100) + "\n");
        using (var writer = MetricsWriter.Resume(File, "d2d", 2))
            writer.Write(Step("d2d", 3));
        Told().ShouldEndWith("d2d2 d2d3");
    }

    [Fact]
    public void A_resume_without_a_file_begins_one()
    {
        using (var writer = MetricsWriter.Resume(File, "d2d", 0))
            writer.Write(Step("d2d", 1));
        Told().ShouldBe("d2d1");
    }

    [Fact]
    public void A_new_run_begins_anew()
    {
        WriteSteps();
        using (var writer = MetricsWriter.Create(File))
            writer.Sync();
        Told().ShouldBe("");
    }

    [Fact]
    public void A_broken_line_is_named()
    {
        System.IO.File.WriteAllText(File, "{}\n");
        Should.Throw<UserError>(() => MetricsFile.Read(File).ToArray()).Message.ShouldContain("metrics.jsonl: line 1 is not the metrics of a step");
        System.IO.File.WriteAllText(File, new string('x', 2 << 20));
        Should.Throw<UserError>(() => MetricsFile.Read(File).ToArray()).Message.ShouldContain("line 1 is longer than");
    }

    [Fact]
    public void A_loss_that_is_no_number_is_kept_as_it_is()
    {
        using (var writer = MetricsWriter.Create(File))
            writer.Write(Step("init", 1) with { Loss = double.NaN, GradNorm = double.PositiveInfinity });
        var read = MetricsFile.Read(File).Single();
        read.Loss.ShouldBe(double.NaN);
        read.GradNorm.ShouldBe(double.PositiveInfinity);
    }

    private void WriteSteps()
    {
        using var writer = MetricsWriter.Create(File);
        foreach (var (stage, step) in ((string, int)[])[("init", 1), ("init", 2), ("init", 3), ("d2d", 1), ("d2d", 2)])
            writer.Write(Step(stage, step));
    }

    private string Told() => string.Join(' ', MetricsFile.Read(File).Select(step => $"{step.Stage}{step.Step}"));

    private static StepMetrics Step(string stage, int step) => new(stage, step, 3, 1, 1e-3, 1, 10, 0.1, new Dictionary<string, ObjectiveMetrics>(), []);
}
