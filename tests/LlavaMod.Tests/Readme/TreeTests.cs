using System.Text.RegularExpressions;

namespace LlavaMod.Tests.Readme;

public sealed partial class TreeTests
{
    private static readonly string[] Listed = ["src", "native", "recipes", "examples", "bench", "docs", "tools"];
    private static readonly string[][] Trees = [.. new Markdown("README.md").Blocks("text").Select(block => Paths(block).ToArray())];

    [Fact]
    public void What_the_tree_names_exists() =>
        Trees.SelectMany(paths => paths).ShouldAllBe(path => Path.Exists(Path.Combine(RepositoryFiles.Root, path)));

    [Fact]
    public void Every_file_has_a_line_in_the_tree()
    {
        Trees.Length.ShouldBe(2, "a short tree, and the one with every file");
        Listed.SelectMany(Files).Except(Trees[1]).ShouldBeEmpty("these files have no line in the second tree of README.md");
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, folder), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(RepositoryFiles.Root, path)).Where(path => !Built().IsMatch(path));

    // Two spaces a level; a folder's name ends with a slash, and the files below it are in it.
    private static IEnumerable<string> Paths(string tree)
    {
        var folders = new List<string>();
        foreach (Match line in Line().Matches(tree))
        {
            var depth = line.Groups[1].Length / 2;
            folders.RemoveRange(depth, folders.Count - depth);
            folders.Add(line.Groups[2].Value);
            yield return string.Concat(folders).TrimEnd('/');
        }
    }

    [GeneratedRegex(@"^( *)(\S+)", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("/(bin|obj)/")]
    private static partial Regex Built();
}
