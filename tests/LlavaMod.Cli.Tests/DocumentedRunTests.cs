using System.Diagnostics;
using System.Text.RegularExpressions;
using LlavaMod.Cli.Tests.Runs;

namespace LlavaMod.Cli.Tests;

/// <summary>
/// What documents show in console blocks is run, line after line, in a folder with the recipes and with a small run in the quickstart's place.
/// </summary>
[Collection(TinyRunCollection.Name)]
public sealed partial class DocumentedRunTests(TinyRun run) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-docs-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("docs/data.md")]
    [InlineData("docs/generation.md")]
    public async Task Every_console_block_runs(string document)
    {
        Directory.CreateSymbolicLink(Path.Combine(folder, "recipes"), Path.Combine(Root, "recipes"));
        Directory.CreateDirectory(Path.Combine(folder, "runs"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "runs", "quickstart"), run.Root);
        var commands = Block().Matches(File.ReadAllText(Path.Combine(Root, document))).SelectMany(block => Command().Matches(block.Value)).Select(command => command.Groups[1].Value).ToArray();
        commands.ShouldNotBeEmpty();
        foreach (var command in commands)
        {
            string[] words = DocumentedCommandTests.Words(command);
            using var process = Outcome.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LlavaMod.Cli.dll"), .. words]) { WorkingDirectory = folder });
            var outcome = await Outcome.Of(process);
            outcome.Code.ShouldBe(0, $"{command}\n{outcome.Output}{outcome.Error}");
        }
    }

    private static string Root
    {
        get
        {
            var root = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(root, "LlavaMod.slnx"))) root = Path.GetDirectoryName(root)!;
            return root;
        }
    }

    [GeneratedRegex("^```console\n.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^\$ \./llavamod (.*)$", RegexOptions.Multiline)]
    private static partial Regex Command();
}
