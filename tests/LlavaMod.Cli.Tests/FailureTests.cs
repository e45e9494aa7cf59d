namespace LlavaMod.Cli.Tests;

public class FailureTests
{
    [Fact]
    public void A_users_error_is_its_own_message_and_exit_1() =>
        Report(new UserError("a.yaml: stages[0].epochs is -1: give 1 or more")).ShouldBe((1, "llavamod: a.yaml: stages[0].epochs is -1: give 1 or more\n"));

    [Fact]
    public void A_cancelled_run_exits_with_130() => Report(new TaskCanceledException()).ShouldBe((130, "llavamod: stopped\n"));

    [Fact]
    public void Any_other_failure_is_one_line_that_names_its_kind_and_exit_2() =>
        Report(new IOException("No space left on device\nand more")).ShouldBe((2, "llavamod: failed: No space left on device (IOException; --verbose prints the stack trace)\n"));

    [Fact]
    public void Verbose_adds_the_stack_trace()
    {
        var (code, text) = Report(Thrown(), verbose: true);
        code.ShouldBe(2);
        text.ShouldContain($"at {typeof(FailureTests).FullName}");
    }

    private static (int Code, string Text) Report(Exception error, bool verbose = false)
    {
        var output = new StringWriter();
        return (Failure.Report(error, verbose, output), output.ToString());
    }

    private static Exception Thrown()
    {
        try
        {
            throw new IOException("lost");
        }
        catch (IOException error)
        {
            return error;
        }
    }
}
