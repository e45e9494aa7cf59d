namespace LlavaMod.Cli.Tests.Launcher;

public sealed class LauncherFuzzVerbTests : IDisposable
{
    private readonly Checkout checkout = new();

    public void Dispose() => checkout.Dispose();

    [Fact]
    public async Task The_tool_is_built_and_run_with_its_arguments()
    {
        var outcome = await checkout.Run("fuzz", "--minutes", "3");
        outcome.Output.ShouldStartWith("ran --minutes 3\n");
        outcome.Error.ShouldBe("llavamod: building the fuzzer\n");
        checkout.Calls.Single(call => call.StartsWith("dotnet build", StringComparison.Ordinal)).ShouldStartWith($"dotnet build {checkout.Root}/tools/Fuzz -c Release");
        checkout.Calls[^1].ShouldEndWith("LlavaMod.Fuzz.dll --minutes 3");
        checkout.Builds.ShouldBe(0, "the program itself is not needed");
    }

    [Fact]
    public async Task A_failing_mutant_fails_the_command()
    {
        checkout.Environment["RUN_EXIT"] = "1";
        (await checkout.Run("fuzz")).Code.ShouldBe(1);
    }

    [Fact]
    public async Task A_failed_build_shows_its_output_and_exits_with_2()
    {
        checkout.Environment["BUILD_FAILS"] = "yes";
        var outcome = await checkout.Run("fuzz");
        outcome.Code.ShouldBe(2);
        outcome.Error.ShouldContain("error CS1002");
    }
}
