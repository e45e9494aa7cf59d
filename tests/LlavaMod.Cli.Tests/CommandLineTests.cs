using System.Reflection;

namespace LlavaMod.Cli.Tests;

public class CommandLineTests
{
    public static TheoryData<string> Verbs => [.. VerbNames()];

    [Fact]
    public void Help_lists_every_verb_in_a_line()
    {
        var help = Cli.Run("--help");
        help.Code.ShouldBe(0);
        foreach (var verb in VerbNames()) help.Output.Split('\n').ShouldContain(line => line.StartsWith($"  {verb} "));
    }

    [Fact]
    public void Without_a_verb_the_help_is_shown() => Cli.Run().Output.ShouldBe(Cli.Run("--help").Output);

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_verb_explains_itself(string verb)
    {
        var help = Cli.Run(verb, "--help");
        help.Code.ShouldBe(0);
        help.Output.ShouldContain($"llavamod {verb}");
        help.Error.ShouldBeEmpty();
    }

    [Fact]
    public void The_version_is_a_number_alone() => Cli.Run("--version").Output.Trim().ShouldMatch(@"^\d+\.\d+\.\d+$");

    [Theory]
    [InlineData("enw", "unknown verb 'enw'; did you mean 'env'? (see llavamod --help)")]
    [InlineData("env --verbos", "unknown option '--verbos'; did you mean '--verbose'? (see llavamod env --help)")]
    [InlineData("env now", "'now' is one argument too many (see llavamod env --help)")]
    [InlineData("list objectivs", "unknown kind of part 'objectivs'; did you mean 'objectives'?")]
    public void A_wrong_command_line_gets_one_line_that_helps_and_exit_1(string line, string message)
    {
        var outcome = Cli.Run(line.Split(' '));
        outcome.ShouldBe(new Outcome(1, "", $"llavamod: {message}\n"));
    }

    [Fact]
    public void Test_is_left_to_the_launcher()
    {
        var outcome = Cli.Run("test", "--filter", "Golden");
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldContain("./llavamod test");
    }

    [Fact]
    public async Task The_process_itself_returns_the_code_and_keeps_errors_off_stdout()
    {
        var outcome = await Outcome.Of(Cli.Start(AppContext.BaseDirectory, "enw"));
        outcome.Code.ShouldBe(1);
        outcome.Output.ShouldBeEmpty();
        outcome.Error.ShouldStartWith("llavamod: unknown verb");
    }

    private static IEnumerable<string> VerbNames() => typeof(CommandLine).Assembly.GetTypes()
        .Where(type => type.Namespace == "LlavaMod.Cli.Verbs" && type.GetMethod("Create", BindingFlags.Public | BindingFlags.Static) is not null)
        .Select(type => type.Name[..^"Verb".Length].ToLowerInvariant());
}
