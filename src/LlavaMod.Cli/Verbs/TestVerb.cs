using System.CommandLine;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>./llavamod test</c> is the launcher's, which builds the tests first; here it is only explained.</summary>
internal static class TestVerb
{
    public static Command Create()
    {
        var command = new Command("test", "Run every test (from the repository: ./llavamod test)") { TreatUnmatchedTokensAsErrors = false };
        command.Add(new Option<string>("--filter") { HelpName = "X", Description = "Only the tests whose full name contains X" });
        command.SetAction(Refuse);
        return command;
    }

    private static void Refuse(ParseResult parse) =>
        throw new UserError("the tests are built and run by the launcher: run ./llavamod test in the repository");
}
