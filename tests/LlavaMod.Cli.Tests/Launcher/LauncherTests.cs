namespace LlavaMod.Cli.Tests.Launcher;

public sealed class LauncherTests : IDisposable
{
    private readonly Checkout checkout = new();

    private int BuiltPrograms => Directory.GetDirectories(Path.Combine(checkout.Root, ".build"), "app-*").Length;

    public void Dispose() => checkout.Dispose();

    [Fact]
    public async Task The_first_use_builds_and_later_ones_only_run()
    {
        (await checkout.Run("list", "two words")).ShouldBe(new Outcome(0, "ran list two words\nstill there\n", "llavamod: building (once; about a minute)\n"));
        (await checkout.Run("env")).ShouldBe(new Outcome(0, "ran env\nstill there\n", ""));
        checkout.Builds.ShouldBe(1);
    }

    [Fact]
    public async Task It_works_through_a_link_from_anywhere()
    {
        var link = Path.Combine(checkout.Tools, "a link");
        File.CreateSymbolicLink(link, checkout.Launcher);
        (await checkout.RunAs(link, "env")).Output.ShouldStartWith("ran env");
    }

    [Fact]
    public async Task A_changed_a_new_and_a_removed_source_each_build_again()
    {
        await checkout.Run();
        checkout.Write("repository/src/LlavaMod.Cli/Program.cs", "return 1;");
        await checkout.Run();
        checkout.Builds.ShouldBe(2);
        checkout.Write("repository/recipes/new.yaml", "");
        await checkout.Run();
        checkout.Builds.ShouldBe(3);
        File.Delete(Path.Combine(checkout.Root, "src/LlavaMod/Gone.cs"));
        await checkout.Run();
        checkout.Builds.ShouldBe(4);
    }

    [Fact]
    public async Task What_a_build_of_ones_own_leaves_behind_does_not_build_again()
    {
        await checkout.Run();
        checkout.Write("repository/src/LlavaMod/obj/project.assets.json", "{}");
        checkout.Write("repository/src/LlavaMod/bin/Debug/LlavaMod.dll", "");
        await checkout.Run();
        checkout.Builds.ShouldBe(1);
    }

    [Fact]
    public async Task Another_libtorch_builds_again()
    {
        await checkout.Run();
        checkout.Environment["TORCH_HOME"] = checkout.Libtorch("another");
        await checkout.Run();
        checkout.Builds.ShouldBe(2);
    }

    [Fact]
    public async Task A_libtorch_that_is_not_there_is_one_line_and_exit_1()
    {
        checkout.Environment["TORCH_HOME"] = "/nowhere";
        var outcome = await checkout.Run();
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldStartWith("llavamod: TORCH_HOME has no libtorch: '/nowhere/include/torch/library.h' does not exist.");
        outcome.Error.ShouldHaveLines(1);
    }

    [Fact]
    public async Task Two_launches_at_once_build_once()
    {
        checkout.Environment["BUILD_SECONDS"] = "0.5";
        var outcomes = await Task.WhenAll(checkout.Run("a"), checkout.Run("b"));
        outcomes.Select(outcome => outcome.Code).ShouldBe([0, 0]);
        checkout.Builds.ShouldBe(1);
    }

    [Fact]
    public async Task A_program_that_runs_keeps_its_folder_while_another_is_built()
    {
        var end = Path.Combine(checkout.Root, "end");
        checkout.Environment["RUN_UNTIL"] = end;
        var running = checkout.Run("train");
        while (!checkout.Calls.Any(call => call.EndsWith(" train", StringComparison.Ordinal))) await Task.Delay(20);
        checkout.Environment.Remove("RUN_UNTIL");

        checkout.Write("repository/src/LlavaMod.Cli/Program.cs", "return 2;");
        await checkout.Run();
        BuiltPrograms.ShouldBe(2);
        File.WriteAllText(end, "");
        (await running).Output.ShouldBe("ran train\nstill there\n");

        checkout.Write("repository/src/LlavaMod.Cli/Program.cs", "return 3;");
        await checkout.Run();
        BuiltPrograms.ShouldBe(1);
    }

    [Fact]
    public async Task A_failed_build_shows_its_output_and_exits_with_2()
    {
        checkout.Environment["BUILD_FAILS"] = "yes";
        var outcome = await checkout.Run();
        outcome.Code.ShouldBe(2);
        outcome.Error.ShouldContain("error CS1002");
        checkout.Environment.Remove("BUILD_FAILS");
        (await checkout.Run()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Without_the_sdk_it_says_what_to_install()
    {
        checkout.Remove("dotnet");
        var outcome = await checkout.Run();
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldStartWith("llavamod: the .NET 10 SDK is missing");
        outcome.Error.ShouldHaveLines(1);
    }

    [Fact]
    public async Task With_an_older_sdk_it_says_which_was_found()
    {
        checkout.Fake("dotnet", "echo '8.0.404 [/sdk]'");
        (await checkout.Run()).Error.ShouldContain("has 8.0.404.");
    }
}
