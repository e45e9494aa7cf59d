using System.Text.Json.Nodes;

namespace LlavaMod.Cli.Tests;

public sealed class DataTests : IDisposable
{
    private const string Turns = """[{"from": "human", "value": "What is it?"}, {"from": "gpt", "value": "A lake."}]""";

    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-data-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_clean_dataset_gives_its_counts_and_0()
    {
        Cli.Run("world", "--out", File("world"), "--count", "30").Code.ShouldBe(0);
        var outcome = Cli.Run("data", "check", File("world/train.json"), "--images", File("world/images"), "--decode");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldContain("train.json: llava, 30 rows, hash ");
        outcome.Output.ShouldContain("30 usable with 30 images, 0 broken");
        outcome.Output.ShouldContain("tokens a row (estimated, 1 for 4 characters): mean ");
        Cli.Run("data", "check", File("world/preference.json"), "--images", File("world/images")).Output.ShouldContain("preference.json: preference, 30 rows");
    }

    [Fact]
    public void Every_broken_row_is_named_by_file_row_id_and_reason()
    {
        var path = Write("rows.jsonl", Row("a"), """{"id": "b"}""", "", Row("c"), "{", Row("a"), Row("a"), """{"id": 5, "conversations": []}""");
        var outcome = Cli.Run("data", "check", path, "--show", "2", "--json", File("report.json"));
        outcome.Code.ShouldBe(1);
        outcome.Output.ShouldContain("4 usable with 0 images, 3 broken");
        outcome.Output.ShouldContain("\nrows.jsonl: row 2 (id b): no conversations\nrows.jsonl: row 5: not JSON: ");
        outcome.Output.ShouldEndWith($"and 1 more, all in {File("report.json")}\n");
        outcome.Output.ShouldContain("2 with the id of an earlier one\n  rows.jsonl: row 6 repeats row 1\n  rows.jsonl: row 7 repeats row 1\n");
        outcome.Output.ShouldContain("2 byte for byte like an earlier one\n");

        var report = JsonNode.Parse(System.IO.File.ReadAllText(File("report.json")))!;
        report["broken_rows"]!.AsArray().Select(row => $"{row!["file"]} {row["row"]} {row["id"]}").ShouldBe(["rows.jsonl 2 b", "rows.jsonl 5 ", "rows.jsonl 8 5"]);
        ((int)report["rows"]!, (int)report["usable"]!, (int)report["broken"]!, (int)report["repeated_ids"]!).ShouldBe((7, 4, 3, 2));
        report["tokens_up_to"]!.AsObject().Sum(step => (int)step.Value!).ShouldBe(4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Good_rows_are_written_in_the_layout_that_they_have(bool array)
    {
        string[] rows = [Row("a"), """{"id": "b"}""", Row("c")];
        var path = array ? Write("rows.json", $"[{string.Join(", ", rows)}]") : Write("rows.jsonl", rows);
        var before = System.IO.File.ReadAllText(path);
        Cli.Run("data", "check", path, "--fix", File("good")).Code.ShouldBe(1);
        System.IO.File.ReadAllText(File("good")).ShouldBe(array ? $"[\n{rows[0]},\n{rows[2]}\n]\n" : $"{rows[0]}\n{rows[2]}\n");
        System.IO.File.ReadAllText(path).ShouldBe(before);
        Cli.Run("data", "check", File("good")).Code.ShouldBe(0);
        Cli.Run("data", "check", path, "--fix", path).ShouldBe(new Outcome(1, "", $"llavamod: --fix: {path} exists already; give the name of a new file\n"));
    }

    [Fact]
    public void Missing_and_broken_pictures_are_found()
    {
        Cli.Run("world", "--out", File("world"), "--count", "5").Code.ShouldBe(0);
        var pictures = Directory.GetFiles(File("world/images"), "*.png").Order(StringComparer.Ordinal).ToArray();
        var named = JsonNode.Parse(System.IO.File.ReadAllText(File("world/train.json")))!.AsArray().Select(row => (string)row!["image"]!).ToArray();
        System.IO.File.Delete(Path.Combine(File("world/images"), named[1]));
        System.IO.File.WriteAllText(Path.Combine(File("world/images"), named[3]), "no picture");
        Cli.Run("data", "check", File("world/train.json"), "--images", File("world/images")).Output.ShouldContain("          1  image '...' is missing\n");
        var outcome = Cli.Run("data", "check", File("world/train.json"), "--images", File("world/images"), "--decode");
        outcome.Output.ShouldContain("3 usable with 3 images, 2 broken");
        outcome.Output.ShouldContain($"train.json: row 4 (id {Path.GetFileNameWithoutExtension(named[3])}");
    }

    [Fact]
    public void A_recipes_dataset_is_checked_by_its_name()
    {
        Write("rows.jsonl", Row("a"), Row("b"));
        var recipe = Write("r.yaml", "extends: " + Path.Combine(Root, "recipes/toy/quickstart.yaml"), "data:", "  mine: {format: llava, path: rows.jsonl, limit: 1, on_error: fail}");
        Cli.Run("data", "check", "--recipe", recipe, "--name", "mine").Output.ShouldContain("data.mine: llava, 1 rows");
        Cli.Run("data", "check", "--recipe", recipe, "--name", "mime").Error.ShouldContain("has no dataset 'mime'; ");
    }

    [Theory]
    [InlineData("give the PATH of a dataset", "data", "check")]
    [InlineData("--name belongs to --recipe FILE", "data", "check", "x.json", "--name", "a")]
    [InlineData("--recipe says where the dataset is", "data", "check", "x.json", "--recipe", "r.yaml")]
    [InlineData("unknown dataset format 'lava'", "data", "check", "x.json", "--format", "lava")]
    [InlineData("format webdataset has no images", "data", "check", "x.tar", "--format", "webdataset", "--images", "x")]
    [InlineData("unknown option '--fx'; did you mean '--fix'? (see llavamod data check --help)", "data", "check", "x.json", "--fx", "y")]
    [InlineData("x.json: cannot read the data: ", "data", "check", "x.json")]
    public void What_makes_no_sense_is_refused_in_one_line(string message, params string[] args)
    {
        var outcome = Cli.Run(args);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldHaveLines(1);
        outcome.Error.ShouldContain(message);
    }

    private static string Row(string id) => $$"""{"id": "{{id}}", "conversations": {{Turns}}}""";

    private static string Root
    {
        get
        {
            var root = AppContext.BaseDirectory;
            while (!System.IO.File.Exists(Path.Combine(root, "LlavaMod.slnx"))) root = Path.GetDirectoryName(root)!;
            return root;
        }
    }

    private string File(string name) => Path.Combine(folder, name);

    private string Write(string name, params string[] lines)
    {
        System.IO.File.WriteAllText(File(name), string.Join('\n', lines) + "\n");
        return File(name);
    }
}
