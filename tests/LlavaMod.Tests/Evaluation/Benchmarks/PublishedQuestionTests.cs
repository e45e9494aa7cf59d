using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>Questions as LLaVA v1.5's scripts put them, compared with what was published of them.</summary>
public sealed class PublishedQuestionTests : IDisposable
{
    private const string SingleWord = "\nAnswer the question using a single word or phrase.";
    private const string OptionLetter = "\nAnswer with the option's letter from the given choices directly.";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SharedFact("data/eval/pope")]
    public void Pope_asks_LLaVAs_questions_row_by_row()
    {
        var expected = Rows("pope/llava_pope_test.jsonl.gz");
        var asked = Ask("pope", Shared("pope"));
        asked.Select(question => (question.Id, question.Image!.Name, question.Prompt)).ShouldBe(expected.Select(row => ($"{row["question_id"]}", $"{row["image"]}", $"{row["text"]}")));
        asked.ShouldAllBe(question => question.HasNumericId && question.Turn == "<image>\n" + question.Prompt);
    }

    [SharedFact("data/eval/mme")]
    public void Mme_asks_LLaVAs_questions()
    {
        var expected = Rows("mme/llava_mme_questions.jsonl.gz");
        var asked = Ask("mme", Shared("mme"));
        // LLaVA's order of images is that of its authors' disk; the two questions about an image keep theirs.
        asked.OrderBy(question => question.Id, StringComparer.Ordinal).Select(question => (question.Id, question.Prompt))
            .ShouldBe(expected.OrderBy(row => $"{row["question_id"]}", StringComparer.Ordinal).Select(row => ($"{row["question_id"]}", $"{row["text"]}")));
    }

    [SharedFact("data/eval/scienceqa")]
    public void ScienceQa_asks_as_LLaVAs_answers_say()
    {
        var truth = Rows("scienceqa/test_ground_truth.jsonl").ToDictionary(row => $"{row["question_id"]}");
        var expected = Rows("scienceqa/answers_llava-v1.5-13b.jsonl.gz").Select(row => (Id: $"{row["question_id"]}", Prompt: $"{row["prompt"]}")).ToList();
        folder.Write("problems.json", new JsonObject(expected.Select(row => KeyValuePair.Create(row.Id, (JsonNode?)Problem(row.Prompt, truth[row.Id])))).ToJsonString());
        folder.Write("pid_splits.json", JsonSerializer.Serialize(new { test = expected.Select(row => row.Id) }));

        var asked = Ask("scienceqa", folder.Path);

        asked.Select(question => (question.Id, question.Prompt)).ShouldBe(expected);
        asked.ShouldAllBe(question => question.Turn == question.Prompt && question.Prompt.StartsWith("<image>\n") == (question.Image != null));
        asked.Count(question => question.Image is not null).ShouldBe(2017);
    }

    [SharedFact("data/eval/textvqa")]
    public void TextVqa_asks_as_LLaVAs_answers_say()
    {
        var expected = Rows("textvqa/answers_llava-v1.5-13b.jsonl.gz").Select(row => (Id: $"{row["question_id"]}", Prompt: $"{row["prompt"]}")).ToList();
        var words = expected.DistinctBy(row => row.Id).Select(row => new { image_id = row.Id, ocr_tokens = Words(row.Prompt) });
        folder.Write("TextVQA_Rosetta_OCR_v0.2_val.json", JsonSerializer.Serialize(new { data = words }));
        File.Copy(Shared("textvqa/annotations.json.gz"), folder["annotations.json.gz"]);

        Ask("textvqa", folder.Path).Select(question => (question.Id, question.Prompt)).ShouldBe(expected);
        new TextVqa(new() { OcrTokens = false }).Questions(new BenchmarkFolder(folder.Path)).Select(question => question.Prompt).ShouldBe(expected.Select(row => row.Prompt.Split('\n')[0] + SingleWord));

        static string[] Words(string prompt) => prompt.Split('\n')[1]["Reference OCR token: ".Length..] is { Length: > 0 } line ? line.Split(", ") : [];
    }

    [SharedFact("data/eval/gqa")]
    public void Gqa_asks_as_LLaVAs_answers_say()
    {
        var rows = Rows("gqa/sample.jsonl");
        folder.Write("testdev_balanced_questions.json", new JsonObject(rows.Select(row => KeyValuePair.Create($"{row["question_id"]}", (JsonNode?)new JsonObject
        {
            ["question"] = $"{row["prompt"]}".Replace(SingleWord, ""),
            ["imageId"] = Path.GetFileNameWithoutExtension($"{row["image"]}"),
            ["answer"] = $"{row["answer"]}",
        }))).ToJsonString());
        Ask("gqa", folder.Path).Select(question => (question.Id, question.Image!.Name, question.Prompt))
            .ShouldBe(rows.Select(row => ($"{row["question_id"]}", $"{row["image"]}", $"{row["prompt"]}")));
    }

    [SharedFact("data/eval/vizwiz")]
    public void VizWiz_asks_LLaVAs_questions_and_writes_the_published_upload()
    {
        var rows = Rows("vizwiz/sample_questions.jsonl");
        folder.Write("test.json", JsonSerializer.Serialize(rows.Select(row => new { image = $"{row["image"]}", question = $"{row["text"]}".Split('\n')[0] })));
        using var data = new BenchmarkFolder(folder.Path);
        var benchmark = new VizWiz();

        benchmark.Questions(data).Select(question => (question.Id, question.Image!.Name, question.Prompt))
            .ShouldBe(rows.Select(row => ($"{row["question_id"]}", $"{row["image"]}", $"{row["text"]}")));
        var (_, upload) = benchmark.Publish(data, [.. AnswerRows.ReadJsonLines(Shared("vizwiz/sample_answers.jsonl"))]).Single();
        JsonElement.DeepEquals(JsonElement.Parse(upload), JsonElement.Parse(File.ReadAllBytes(Shared("vizwiz/expected_upload.json")))).ShouldBeTrue();
    }

    [SharedFact("data/eval/mmbench")]
    public void MmBench_asks_as_LLaVAs_answers_say()
    {
        var rows = Rows("mmbench/prompts_sample.jsonl");
        string[] Options(JsonObject row) => [.. row["options"]!.AsArray().Select(option => $"{option}")];
        string Text(JsonObject row) => $"{row["prompt"]}"[..^string.Concat(Options(row).Select((option, index) => $"\n{"ABCD"[index]}. {option}")).Length];
        // The hint is all but the last line of what comes before the choices.
        folder.Write("mmbench_dev_20230712.tsv", "index\tquestion\thint\tA\tB\tC\tD\tanswer\timage\n" + string.Concat(rows.Select(row =>
        {
            int end = Text(row).LastIndexOf('\n');
            return string.Join('\t', ((string[])[$"{row["question_id"]}", Text(row)[(end + 1)..], end < 0 ? "" : Text(row)[..end], .. Options(row), "", "", "", ""])
                .Take(7).Append("A").Append("AAAA").Select(cell => $"\"{cell.Replace("\"", "\"\"")}\"")) + "\n";
        })));

        var asked = Ask("mmbench", folder.Path);

        asked.Count.ShouldBe(60);
        asked.Select(question => (question.Id, question.Prompt)).ShouldBe(rows.Select(row => ($"{row["question_id"]}", $"{row["prompt"]}")));
        asked.ShouldAllBe(question => question.Turn == $"<image>\n{question.Prompt}{OptionLetter}");
        foreach (var (question, row) in asked.Zip(rows))
            foreach (string name in (string[])["round_id", "options", "option_char"])
                JsonNode.DeepEquals(question.Extra![name], row[name]).ShouldBeTrue($"{question.Id} {name}");
    }

    [SharedFact("data/eval/mmhal")]
    public void MmHal_asks_its_template_and_fills_it()
    {
        using var data = new BenchmarkFolder(Shared("mmhal"));
        var benchmark = new MmHal();
        var asked = benchmark.Questions(data).ToList();
        asked.Count.ShouldBe(96);
        asked[0].ShouldSatisfyAllConditions(
            question => question.Turn.ShouldBe("<image>\nWhat color is the fire hydrant cap in the picture?"),
            question => question.Image!.Name.ShouldBe("7206072054_c53d53b97d_o.jpg"));

        var (_, filled) = benchmark.Publish(data, [.. asked.Select(question => new AnswerRow(question.Id, question.Prompt, $"answer {question.Id}"))]).Single();
        var expected = JsonNode.Parse(File.ReadAllBytes(Shared("mmhal/mmhal-bench_answer_template.json")))!.AsArray();
        for (int i = 0; i < expected.Count; i++) expected[i]!["model_answer"] = $"answer {i}";
        JsonNode.DeepEquals(JsonNode.Parse(filled), expected).ShouldBeTrue();
    }

    [SharedFact("data/eval/mmvet")]
    public void MmVet_publishes_what_LLaVAs_conversion_writes()
    {
        var expected = JsonNode.Parse(File.ReadAllBytes(Shared("mmvet/answers_llava-v1.5-13b.json")))!.AsObject();
        folder.Write("mm-vet.json", new JsonObject(expected.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)new JsonObject { ["question"] = "?", ["imagename"] = $"{entry.Key}.png" }))).ToJsonString());
        using var data = new BenchmarkFolder(folder.Path);
        var benchmark = new MmVet();
        var asked = benchmark.Questions(data).ToList();
        asked.Select(question => question.Id).ShouldBe(Enumerable.Range(0, 218).Select(id => $"{id}"));
        var (_, published) = benchmark.Publish(data, [.. asked.Select(question => new AnswerRow(question.Id, "?", $"{expected[$"v1_{question.Id}"]}"))]).Single();
        JsonNode.DeepEquals(JsonNode.Parse(published), expected).ShouldBeTrue();
    }

    [SharedFact("data/eval/llava_bench")]
    public void LlavaBench_asks_as_LLaVAs_answers_say()
    {
        var rows = Rows("llava_bench/answers_llava-v1.5-13b.jsonl");
        folder.Write("questions.jsonl", string.Concat(rows.Select(row => JsonSerializer.Serialize(
            new { question_id = (int)row["question_id"]!, image = "001.jpg", text = $"{row["prompt"]}", category = "conv" }) + "\n")));
        var asked = Ask("llava-bench", folder.Path);
        asked.Select(question => (question.Id, question.Prompt)).ShouldBe(rows.Select(row => ($"{row["question_id"]}", $"{row["prompt"]}")));
        asked.ShouldAllBe(question => question.HasNumericId);
    }

    // The parts of a prompt as ScienceQA's problems.json has them.
    private static JsonObject Problem(string prompt, JsonObject truth)
    {
        int choices = (int)truth["num_choices"]!;
        var parts = Regex.Match(
            prompt.Replace("<image>\n", "")[..^OptionLetter.Length],
            $"^(?<text>.*){string.Concat("ABCDE"[..choices].Select(letter => $@"\n{letter}\. (?<choice>.*?)"))}$", RegexOptions.Singleline);
        string text = parts.Groups["text"].Value;
        int end = text.StartsWith("Context: ") ? text.LastIndexOf('\n') : -1;
        return new JsonObject
        {
            ["question"] = text[(end + 1)..],
            ["hint"] = end < 0 ? "" : text["Context: ".Length..end] + " \n",
            ["choices"] = new JsonArray([.. parts.Groups["choice"].Captures.Select(choice => JsonValue.Create(choice.Value))]),
            ["answer"] = 0,
            ["image"] = (bool)truth["has_image"]! ? "image.png" : null,
            ["split"] = "test",
        };
    }

    private static List<BenchmarkQuestion> Ask(string benchmark, string data) => [.. Catalog<Benchmark>.Create(benchmark).Questions(new BenchmarkFolder(data))];

    private static string Shared(string path) => RepositoryFiles.Shared($"data/eval/{path}")!;

    private static List<JsonObject> Rows(string path)
    {
        using Stream file = File.OpenRead(Shared(path));
        using var reader = new StreamReader(path.EndsWith(".gz") ? new GZipStream(file, CompressionMode.Decompress) : file);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }
}
