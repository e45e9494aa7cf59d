using LlavaMod.Cli.Progress;
using LlavaMod.Models.Experts;
using LlavaMod.Training;
using Spectre.Console;

namespace LlavaMod.Cli.Tests.Progress;

public class ProgressTests
{
    private readonly StringWriter output = new();
    private readonly ManualTime time = new();

    [Fact]
    public void A_file_gets_a_line_every_two_seconds_and_one_at_each_end()
    {
        ProgressDisplay.Run(Terminal.Plain(output), time, observer => Train(observer, steps: 50, secondsEach: 0.1));
        var lines = output.ToString().TrimEnd().Split('\n');
        lines.Length.ShouldBe(4);
        lines[0].ShouldBe("d2s: 50 steps");
        lines[1].ShouldBe("d2s 20/50  loss 3.0000  forward-kl 1.5000  lr 1E-05  1,000 tokens/s  0:03 left  expert load 10-40%");
        lines[3].ShouldBe("d2s: 50/50 steps in 0:05, loss 4.9000 -> 0.0000, 1,000 tokens/s, 3.0 MiB");
    }

    [Fact]
    public void A_terminal_gets_bars_and_keeps_a_line_of_each_finished_stage()
    {
        ProgressDisplay.Run(Ansi(), time, observer => Train(observer, steps: 4, secondsEach: 1));
        var text = output.ToString();
        text.ShouldContain("━");
        text.ShouldContain("▄▇▅▂");
        text.TrimEnd().ShouldContain("d2s: 4/4 steps in 0:04, loss 0.3000 -> 0.0000, 1,000 tokens/s, 3.0 MiB");
    }

    [Fact]
    public void Messages_appear_in_both()
    {
        ProgressDisplay.Run(Terminal.Plain(output), time, observer => observer.Message("cut 128 [padding] rows"));
        ProgressDisplay.Run(Ansi(), time, observer => observer.Message("cut 128 [padding] rows"));
        output.ToString().Split("cut 128 [padding] rows").Length.ShouldBe(3);
    }

    [Fact]
    public void A_resumed_stage_says_where_it_goes_on()
    {
        ProgressDisplay.Run(Terminal.Plain(output), time, observer =>
        {
            observer.StageStarted("init", steps: 20, done: 20);
            observer.StageFinished("init", 3 << 20);
        });
        output.ToString().ShouldBe("init: 20 steps, going on after 20\ninit: 20/20 steps, none left to do\n");
    }

    [Fact]
    public void An_evaluation_is_shown_while_it_answers()
    {
        ProgressDisplay.Run(Terminal.Plain(output), time, Evaluate);
        output.ToString().ShouldBe("evaluating teacher: 3/4 answers, 0:01 left\nevaluating teacher: 4/4 answers\n");

        ProgressDisplay.Run(Ansi(), time, Evaluate);
        output.ToString().ShouldContain("2/4 answers");
        output.ToString().ShouldContain("teacher: 4 answers evaluated");
    }

    [Theory]
    [InlineData(new[] { 0.25, 0.25, 0.25, 0.25 }, "▅▅▅▅")]
    [InlineData(new[] { 1.0, 0.0 }, "█▁")]
    public void Even_shares_are_half_as_high_as_twice_the_even_share(double[] shares, string line) => Sparkline.OfShares(shares).ShouldBe(line);

    private void Evaluate(ITrainingObserver observer)
    {
        for (var done = 1; done <= 4; done++)
        {
            time.Advance(TimeSpan.FromSeconds(0.9));
            observer.Evaluating("teacher", done, total: 4);
        }
    }

    private void Train(ITrainingObserver observer, int steps, double secondsEach)
    {
        observer.StageStarted("d2s", steps, done: 0);
        for (var step = 1; step <= steps; step++)
        {
            time.Advance(TimeSpan.FromSeconds(secondsEach));
            observer.Step(Result(step, (steps - step) / 10.0, (int)(1000 * secondsEach)), secondsEach);
        }
        observer.StageFinished("d2s", 3 << 20);
    }

    // Expert loads are measured now and then; the last ones stay in sight.
    private static StepResult Result(int step, double loss, int tokens) => new()
    {
        Step = step,
        Loss = loss,
        LearningRate = 1e-5,
        GradientNorm = 1,
        Tokens = tokens,
        Objectives = new Dictionary<string, double> { ["forward-kl"] = 1.5 },
        Experts = step == 1 ? [new ExpertUse(0, [0.2, 0.4, 0.3, 0.1], Text: null, Visual: null, Entropy: 0.92, Dropped: 0, Pairs: [])] : null,
    };

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
