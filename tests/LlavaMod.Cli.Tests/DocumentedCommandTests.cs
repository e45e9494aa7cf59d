using System.Text;
using System.Text.RegularExpressions;
using LlavaMod.Recipes;
using LlavaMod.Stages;

namespace LlavaMod.Cli.Tests;

/// <summary>What the documents and the recipes' headers tell users to type.</summary>
public sealed partial class DocumentedCommandTests
{
    private static readonly string Root = FindRoot();
    private static readonly Terminal Silent = new(Terminal.Plain(TextWriter.Null), TextWriter.Null, CancellationToken.None);
    private static readonly string[] Documents =
    [
        "README.md", "CONTRIBUTING.md", .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal),
        "recipes/folder/llava-mod.yaml", "recipes/llava-mod/llava-mod.yaml", "recipes/toy/quickstart.yaml",
    ];

    public static TheoryData<string, string> Commands
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var document in Documents)
            {
                foreach (var command in CommandsOf(document).Distinct()) data.Add(document, command);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_in_the_documents_is_understood(string document, string command) =>
        Parse(command).Errors.Select(error => error.Message).ShouldBeEmpty(document);

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_recipe_in_the_documents_loads_with_its_settings(string document, string command)
    {
        var parse = Parse(command);
        if (parse.CommandResult.Command.Name is not ("train" or "plan") || parse.GetValue<string>("RECIPE") is not { } recipe || recipe == "RECIPE") return;
        // Files of the user's own are not here.
        var loader = new RecipeLoader(LibraryParts.All) { PathsMustExist = false };
        loader.Load(Path.Combine(Root, recipe), parse.GetValue<string[]>("--set")!).Stages.ShouldNotBeEmpty(document);
    }

    [Fact]
    public void The_readme_shows_every_verb()
    {
        var shown = CommandsOf("README.md").Select(command => Parse(command).CommandResult).Select(VerbOf);
        CommandLine.Create(Silent).Subcommands.Select(verb => verb.Name).Except(shown).ShouldBeEmpty();
    }

    // "data check" is of the verb data.
    private static string VerbOf(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult { Parent: not null } above ? VerbOf(above) : result.Command.Name;

    private static System.CommandLine.ParseResult Parse(string command) => CommandLine.Create(Silent).Parse(Words(command));


    // What follows ./llavamod, over lines that end with a backslash. A verb in capitals stands for any; fuzz is a tool's command and tested there.
    internal static IEnumerable<string> CommandsOf(string document)
    {
        var lines = Continuation().Replace(File.ReadAllText(Path.Combine(Root, document)), " ");
        return Command().Matches(lines).Select(command => command.Groups[1].Value.Trim()).Where(command => command.Length > 0 && !command.StartsWith("VERB") && !command.StartsWith("fuzz"));
    }

    // Splits as a shell does: quotes, a loop's variable, a comment.
    internal static string[] Words(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quote = '\0';
        foreach (var letter in command.Replace("$seed", "0") + " ")
        {
            if (quote != '\0' && letter == quote) quote = '\0';
            else if (quote == '\0' && letter is '\'' or '"') quote = letter;
            else if (quote != '\0' || letter != ' ') word.Append(letter);
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
        return [.. words.TakeWhile(text => text != "#")];
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LlavaMod.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"\\\n[# ]*")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"\./llavamod ([^`;\n]*)")]
    private static partial Regex Command();
}
