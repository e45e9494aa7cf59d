using System.Globalization;
using CsvHelper;
using LlavaMod.Evaluation.Benchmarks;

namespace LlavaMod.Cli.Tests;

public sealed class CompareTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Results_stand_side_by_side_with_difference_interval_and_p()
    {
        var outcome = Cli.Run("compare", Result("a", "11110000"), Result("b", "11111111"));
        outcome.Code.ShouldBe(0, outcome.Error);
        string[] lines = outcome.Output.TrimEnd().Split('\n');
        lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["benchmark", "metric", "a", "b", "difference", "p"]);
        lines[2].ShouldStartWith("gqa       accuracy 0.5 (");
        lines[2].ShouldContain(" 1 (1, 1) +0.5 (");
        lines[^2].ShouldBe("gqa: 8 of 8 questions");
        lines[^1].ShouldBe("(low, high): 95 %, paired bootstrap; p: paired permutation test, two-sided; * below 0.05");
    }

    [Fact]
    public void A_difference_that_chance_hardly_makes_has_a_star()
    {
        var outcome = Cli.Run("compare", Result("a", new string('0', 20)), Result("b", new string('1', 20)), Result("c", new string('0', 20)));
        string row = outcome.Output.Split('\n')[2];
        row.ShouldContain("+1 (1, 1) 0.002*");
        row.ShouldContain("0 (0, 0) 1.000");
        outcome.Output.ShouldContain("after Holm's correction for 2 results against the first");
    }

    [Fact]
    public void The_table_is_written_as_markdown_in_which_a_name_stays_a_name()
    {
        string page = Path.Combine(folder, "page.md");
        Cli.Run("compare", Result("a|b<i>", "1100"), Result("*c*", "1111"), "--markdown", page).Code.ShouldBe(0);
        string[] lines = File.ReadAllLines(page);
        lines[0].ShouldBe(@"| benchmark | metric | a\|b\<i\> | \*c\* | difference | p |");
        lines[1].ShouldBe("|---|---|---:|---:|---:|---:|");
        lines[2].ShouldStartWith("| gqa | accuracy | 0.5 (");
        lines.ShouldContain("- gqa: 4 of 4 questions");
    }

    [Fact]
    public void The_csv_has_every_digit_and_no_formulas()
    {
        string path = Path.Combine(folder, "rows.csv");
        Cli.Run("compare", Result("=1+1", "110"), Result("b", "010"), "--csv", path).Code.ShouldBe(0);
        using var csv = new CsvReader(new StreamReader(path), CultureInfo.InvariantCulture);
        var rows = csv.GetRecords<dynamic>().Select(row => (IDictionary<string, object>)row).ToList();
        rows.Count.ShouldBe(2);
        rows[0]["model"].ShouldBe("'=1+1");
        rows[0]["difference"].ShouldBe("");
        double.Parse((string)rows[1]["value"], CultureInfo.InvariantCulture).ShouldBe(1 / 3.0);
        double.Parse((string)rows[1]["difference"], CultureInfo.InvariantCulture).ShouldBe((1 / 3.0) - (2 / 3.0));
        (rows[1]["compared"], rows[1]["left_out"], rows[1]["questions"]).ShouldBe(("3", "0", "3"));
    }

    [Fact]
    public void Folders_of_results_are_compared_benchmark_by_benchmark()
    {
        Result("runs/a/gqa", "1100");
        Result("runs/b/gqa", "1111");
        Result("runs/a/mm-vet", "1100", "mm-vet");
        Result("runs/b/mm-vet", "1111", "mm-vet");
        Result("runs/b/vizwiz", "1111", "vizwiz");
        var outcome = Cli.Run("compare", Path.Combine(folder, "runs/a"), Path.Combine(folder, "runs/b"));
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldContain("a/gqa");
        outcome.Output.ShouldContain("b/mm-vet");
        outcome.Output.ShouldContain($"vizwiz: only in {Path.Combine(folder, "runs/b/vizwiz.json")}, NOT compared");
    }

    [Fact]
    public void Models_give_the_columns_their_names_and_share_a_table_over_benchmarks()
    {
        foreach (var (benchmark, answers) in new[] { ("gqa", "1100"), ("mm-vet", "1011") })
        {
            Result($"a/{benchmark}/result", answers, benchmark, model: "runs/1/models/d2s");
            Result($"b/{benchmark}/result", answers, benchmark, model: "runs/2/models/d2s/");
            File.WriteAllText(Path.Combine(folder, "a", benchmark, "asked.json"), "{}");
        }
        var outcome = Cli.Run("compare", Path.Combine(folder, "a"), Path.Combine(folder, "b"));
        outcome.Output.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["benchmark", "metric", "1/models/d2s", "2/models/d2s", "difference", "p"]);
        outcome.Output.Split('\n').Count(line => line.StartsWith("benchmark", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public void Options_that_differ_are_told()
    {
        var (a, b) = (Result("a", "1100"), Result("b", "1111"));
        (BenchmarkResult.Read(a) with { Options = System.Text.Json.JsonElement.Parse("""{"ocr": false}""") }).Write(a);
        Cli.Run("compare", a, b).Output.ShouldContain("gqa: the options differ: a has {\"ocr\":false}; b has none\n");
    }

    [Fact]
    public void A_chosen_figure_stands_alone_and_an_unknown_one_is_told()
    {
        var (a, b) = (Result("a", "1100", "vizwiz"), Result("b", "1111", "vizwiz"));
        Cli.Run("compare", a, b, "--metric", "accuracy").Output.ShouldContain("accuracy");
        var outcome = Cli.Run("compare", a, b, "--metric", "acuracy");
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldContain("--metric acuracy: no such figure; did you mean 'accuracy'?");
    }

    [Fact]
    public void What_cannot_be_compared_is_one_line()
    {
        var (a, other) = (Result("a", "11"), Result("v", "11", "mm-vet"));
        Error(a).ShouldBe($"llavamod: there are no two results of one benchmark: {a} is of gqa\n");
        Error(a, other).ShouldContain($"{a} is of gqa, {other} is of mm-vet");
        Error(a, $"{folder}/./a.json").ShouldContain("are the same file");
        Error(a, Path.Combine(folder, "gqa", "testdev_balanced_questions.json")).ShouldContain("not a benchmark's result");
        Error(a, Path.Combine(folder, "none.json")).ShouldContain("does not exist");
        Error(a, Directory.CreateDirectory(Path.Combine(folder, "empty")).FullName).ShouldContain("holds neither result.json, nor folders with one, nor another .json");
    }

    [Fact]
    public void Fewer_answers_are_told_and_compared_on_demand()
    {
        var (a, b) = (Result("a", "1111"), Result("b", "10"));
        Error(a, b).ShouldContain("b.json has no answer to 2 questions that others answer (2, 3); --allow-partial compares the 2 that all answer");
        Cli.Run("compare", a, b, "--allow-partial").Output.ShouldContain("gqa: 2 of 4 questions; 2 are NOT compared, for not all results answer them");
    }

    private static string Error(params string[] files)
    {
        var outcome = Cli.Run(["compare", .. files]);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldHaveLines(1);
        return outcome.Error;
    }

    // A digit for each question: 1 for a right answer. There are as many questions as the first result has answers.
    private string Result(string name, string answers, string benchmark = "gqa", string? model = null)
    {
        string data = Directory.CreateDirectory(Path.Combine(folder, benchmark)).FullName;
        string result = Path.Combine(folder, $"{name}.json");
        Directory.CreateDirectory(Path.GetDirectoryName(result)!);
        var ids = Enumerable.Range(0, answers.Length).ToList();
        string given = Path.Combine(folder, "answers.json");
        var (file, questions) = benchmark switch
        {
            "gqa" => ("testdev_balanced_questions.json", $"{{{string.Join(",", ids.Select(id => $$""" "{{id}}": {"answer": "yes"} """))}}}"),
            "mm-vet" => ("mm-vet.json", $"{{{string.Join(",", ids.Select(id => $$""" "v1_{{id}}": {} """))}}}"),
            _ => ("val.json", $"[{string.Join(",", ids.Select(id => $$"""{"image": "{{id}}", "answers": [{"answer": "yes"}, {"answer": "yes"}, {"answer": "yes"}, {"answer": "yes"}]}"""))}]"),
        };
        if (!File.Exists(Path.Combine(data, file))) File.WriteAllText(Path.Combine(data, file), questions);
        File.WriteAllText(given, benchmark == "mm-vet"
            ? $"{{{string.Join(",", ids.Select(id => $$""" "v1_{{id}}": {"score": [{{answers[id]}}]} """))}}}"
            : string.Join('\n', ids.Select(id => $$"""{"question_id": "{{id}}", "text": "{{(answers[id] == '1' ? "yes" : "no")}}"}""")));
        var outcome = Cli.Run("score", "--benchmark", benchmark, "--answers", given, "--data", data, "--out", result, "--allow-partial");
        outcome.Code.ShouldBe(0, outcome.Error);
        if (model is not null) (BenchmarkResult.Read(result) with { Model = new AskedModel(model, "ab", "qwen", System.Text.Json.JsonElement.Parse("{}"), null) }).Write(result);
        return result;
    }
}
