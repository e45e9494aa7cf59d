namespace LlavaMod.Cli.Tests.Launcher;

public sealed class LauncherPackagesTests : IDisposable
{
    private readonly Checkout checkout = new();

    public void Dispose() => checkout.Dispose();

    [Fact]
    public async Task Without_root_it_prints_one_command_and_stops()
    {
        checkout.Fake("id", FakeTools.NotRoot);
        checkout.Remove("g++");
        checkout.Fake("ldconfig", "echo libturbojpeg.so.0 libpng16.so.16");

        var outcome = await checkout.Run();

        outcome.ShouldBe(new Outcome(1, "", """
            llavamod: missing on this system: g++ libwebp7. Install with:
            sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends g++ libwebp7'

            """));
        checkout.Calls.ShouldNotContain(call => call.StartsWith("apt-get"));
    }

    [Fact]
    public async Task Root_installs_what_is_missing_and_goes_on()
    {
        checkout.Remove("g++");
        var outcome = await checkout.Run("env");
        outcome.Output.ShouldStartWith("ran env");
        outcome.Error.ShouldStartWith("llavamod: installing g++ (once)\n");
        checkout.Calls.Where(call => call.StartsWith("apt-get")).ShouldBe(["apt-get update", "apt-get install -y --no-install-recommends g++"]);
    }

    [Fact]
    public async Task Sudo_that_asks_for_no_password_is_used()
    {
        checkout.Fake("id", FakeTools.NotRoot);
        checkout.Fake("sudo", "shift; \"$@\"");
        checkout.Fake("true", "");
        checkout.Remove("g++");
        (await checkout.Run("env")).Output.ShouldStartWith("ran env");
        checkout.Calls.ShouldContain("apt-get install -y --no-install-recommends g++");
    }

    [Fact]
    public async Task A_failed_installation_shows_apts_words()
    {
        checkout.Remove("g++");
        checkout.Fake("apt-get", "echo 'E: Unable to locate package' >&2; exit 100");
        var outcome = await checkout.Run();
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldContain("E: Unable to locate package");
        checkout.Builds.ShouldBe(0);
    }

    [Fact]
    public async Task Another_compiler_is_looked_for_instead()
    {
        checkout.Remove("g++");
        checkout.Fake("clang++", "");
        checkout.Fake("ccache", "");
        checkout.Environment["CXX"] = "clang++";
        (await checkout.Run()).Code.ShouldBe(0);
        checkout.Environment["CXX"] = "ccache clang++";
        (await checkout.Run()).Code.ShouldBe(0);
    }
}
