using System.Text.RegularExpressions;

namespace LlavaMod.Tests.Readme;

/// <summary>A Markdown file of the repository, and what tests look for in it.</summary>
/// <param name="name">Its path from the root.</param>
internal sealed partial class Markdown(string name)
{
    /// <summary>Every Markdown file that users read.</summary>
    public static IEnumerable<string> Files => Directory.EnumerateFiles(RepositoryFiles.Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "docs"), "*.md"))
        .Select(path => Path.GetRelativePath(RepositoryFiles.Root, path));

    public string Text { get; } = File.ReadAllText(Path.Combine(RepositoryFiles.Root, name));

    /// <summary>The folder that its relative links start in.</summary>
    public string Folder { get; } = Path.GetDirectoryName(Path.Combine(RepositoryFiles.Root, name))!;

    /// <summary>Where links and pictures lead, those to other sites left out.</summary>
    public IEnumerable<string> LocalLinks => Link().Matches(Text).Select(link => link.Groups[1].Value)
        .Where(target => !target.Contains("://") && !target.StartsWith('#')).Select(target => target.Split('#')[0]);

    /// <summary>The text between backticks in a line, outside of blocks.</summary>
    public IEnumerable<string> Quoted => Quotation().Matches(Block().Replace(Text, "")).Select(quoted => quoted.Groups[1].Value);

    /// <summary>The blocks of a language, without their fences.</summary>
    public IEnumerable<string> Blocks(string language) =>
        Block().Matches(Text).Where(block => block.Groups[1].Value == language).Select(block => block.Groups[2].Value);

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Quotation();

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
