using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LlavaMod.Cli.Tests;

/// <summary>What documents show in console blocks is run, line after line, in an empty folder beside the recipes.</summary>
public sealed partial class DocumentedRunTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-docs-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("docs/data.md")]
    public async Task Every_console_block_runs(string document)
    {
        Directory.CreateSymbolicLink(Path.Combine(folder, "recipes"), Path.Combine(Root, "recipes"));
        var commands = Block().Matches(File.ReadAllText(Path.Combine(Root, document))).SelectMany(block => Command().Matches(block.Value)).Select(command => command.Groups[1].Value).ToArray();
        commands.ShouldNotBeEmpty();
        foreach (var command in commands)
        {
            string[] words = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries).TakeWhile(word => word != "#")];
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
