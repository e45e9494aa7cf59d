using System.Text.RegularExpressions;

namespace LlavaMod.Tests.Readme;

public sealed partial class LinkTests
{
    // Where the documents' shorter paths start.
    private static readonly string[] Roots = ["", "src/LlavaMod", "src/LlavaMod.Torch", "src/LlavaMod.Cli", "tests/LlavaMod.Tests"];

    public static TheoryData<string> Documents => [.. Markdown.Files];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_to_a_file(string document)
    {
        var text = new Markdown(document);
        text.LocalLinks.ShouldAllBe(target => Path.Exists(Path.Combine(text.Folder, target)));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_that_is_named_exists(string document)
    {
        var paths = new Markdown(document).Quoted.Where(quoted => RepositoryPath().IsMatch(quoted));
        paths.ShouldAllBe(path => Roots.Any(root => Path.Exists(Path.Combine(RepositoryFiles.Root, root, path))));
    }

    // Folders end with a slash; what a run or a build makes is not in the repository.
    [GeneratedRegex(@"^(?!\.build/|models/|checkpoints/|evaluation/|tokenizer/|bin/|obj/)[\w.-]+/[\w./-]*$|^[\w.-]+\.(cs|md|slnx|props|csproj)$")]
    private static partial Regex RepositoryPath();
}
