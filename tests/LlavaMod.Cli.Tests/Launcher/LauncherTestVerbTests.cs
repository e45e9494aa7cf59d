namespace LlavaMod.Cli.Tests.Launcher;

public sealed class LauncherTestVerbTests : IDisposable
{
    private readonly Checkout checkout = new();

    public void Dispose() => checkout.Dispose();

    [Fact]
    public async Task The_last_line_sums_the_projects()
    {
        var outcome = await Test(0, "total=\"5\" executed=\"4\" passed=\"4\" failed=\"0\"", "total=\"2\" executed=\"2\" passed=\"2\" failed=\"0\"");
        outcome.Code.ShouldBe(0);
        outcome.Output.Split('\n')[^2].ShouldBe("6 passed, 0 failed, 1 skipped");
    }

    [Fact]
    public async Task A_failed_test_fails_the_run()
    {
        var outcome = await Test(1, "total=\"3\" executed=\"3\" passed=\"2\" failed=\"1\"");
        outcome.Code.ShouldBe(1);
        outcome.Output.ShouldEndWith("2 passed, 1 failed, 0 skipped\n");
    }

    [Fact]
    public async Task A_project_that_crashed_fails_the_run_and_is_told()
    {
        var outcome = await Test(1, "total=\"3\" executed=\"3\" passed=\"3\" failed=\"0\"");
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldEndWith("llavamod: a test project did not finish (see above)\n");
    }

    [Fact]
    public async Task No_test_at_all_fails_the_run()
    {
        var outcome = await Test(0);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldEndWith("llavamod: no test ran\n");
        outcome.Output.ShouldEndWith("0 passed, 0 failed, 0 skipped\n");
    }

    [Fact]
    public async Task Arguments_reach_dotnet_test_once_over_the_solution()
    {
        await Test(0, "total=\"1\" executed=\"1\" passed=\"1\" failed=\"0\"");
        var call = checkout.Calls.Single(call => call.StartsWith("dotnet test"));
        call.ShouldStartWith($"dotnet test {checkout.Root}/LlavaMod.slnx -c Release");
        call.ShouldEndWith("--filter Golden");
    }

    private Task<Outcome> Test(int exit, params string[] results)
    {
        checkout.Environment["RESULTS"] = string.Join('\n', results);
        checkout.Environment["TESTS_EXIT"] = exit.ToString();
        return checkout.Run("test", "--filter", "Golden");
    }
}
