using LlavaMod.Cli.Progress;
using Spectre.Console;

namespace LlavaMod.Cli.Tests.Progress;

public class ProgressTests
{
    private readonly StringWriter output = new();
    private readonly ManualTime time = new();

    [Fact]
    public void A_file_gets_a_line_every_two_seconds_and_one_at_each_end()
    {
        ProgressDisplay.Run(Terminal.Plain(output), time, display => Train(display, steps: 50, secondsEach: 0.1));
        var lines = output.ToString().TrimEnd().Split('\n');
        lines.Length.ShouldBe(4);
        lines[0].ShouldBe("d2s: 50 steps");
        lines[1].ShouldBe("d2s 20/50  loss 3.0000  forward-kl 1.5000  lr 1E-05  1,000 tokens/s  0:03 left  expert load 10-40%");
        lines[3].ShouldBe("d2s: 50/50 steps in 0:05, loss 4.9000 -> 0.0000, 1,000 tokens/s");
    }

    [Fact]
    public void A_terminal_gets_bars_and_keeps_a_line_of_each_finished_stage()
    {
        ProgressDisplay.Run(Ansi(), time, display => Train(display, steps: 4, secondsEach: 1));
        var text = output.ToString();
        text.ShouldContain("━");
        text.ShouldContain("▄▇▅▂");
        text.TrimEnd().ShouldContain("d2s: 4/4 steps in 0:04, loss 0.3000 -> 0.0000, 1,000 tokens/s");
    }

    [Fact]
    public void Messages_appear_in_both()
    {
        ProgressDisplay.Run(Terminal.Plain(output), time, display => display.Message("cut 128 [padding] rows"));
        ProgressDisplay.Run(Ansi(), time, display => display.Message("cut 128 [padding] rows"));
        output.ToString().Split("cut 128 [padding] rows").Length.ShouldBe(3);
    }

    [Fact]
    public void A_stage_without_steps_says_so()
    {
        ProgressDisplay.Run(Terminal.Plain(output), time, display =>
        {
            display.StageStarted("init", 0);
            display.StageFinished();
        });
        output.ToString().ShouldEndWith("init: no steps\n");
    }

    [Theory]
    [InlineData(new[] { 0.25, 0.25, 0.25, 0.25 }, "▅▅▅▅")]
    [InlineData(new[] { 1.0, 0.0 }, "█▁")]
    public void Even_shares_are_half_as_high_as_twice_the_even_share(double[] shares, string line) => Sparkline.OfShares(shares).ShouldBe(line);

    private void Train(IProgressDisplay display, int steps, double secondsEach)
    {
        display.StageStarted("d2s", steps);
        for (var step = 1; step <= steps; step++)
        {
            time.Advance(TimeSpan.FromSeconds(secondsEach));
            display.Step(new StepReport(step, (steps - step) / 10.0, 1e-5, (long)(1000 * secondsEach), secondsEach,
                new Dictionary<string, double> { ["forward-kl"] = 1.5 }, step == 1 ? [[0.2, 0.4, 0.3, 0.1]] : []));
        }
        display.StageFinished();
    }

    private IAnsiConsole Ansi() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        Interactive = InteractionSupport.Yes,
        Out = new AnsiConsoleOutput(output),
    });

    private sealed class ManualTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(TimeSpan by) => ticks += by.Ticks;
    }
}
