using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Evaluation.Benchmarks;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>A few rows of each benchmark, made up in the layout of its published files.</summary>
internal static class SmallBenchmark
{
    // 1 x 1 pixel.
    public const string Picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    private const string Mm = "index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\timage\tsource\tl2-category\tcomment\tsplit\n";

    private static readonly string[] MmeTasks =
    [
        "existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR",
        "commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning",
    ];

    /// <summary>Writes a benchmark's published files into a folder; false for one that has other data.</summary>
    public static bool Write(string benchmark, TemporaryFolder folder)
    {
        var files = Files(benchmark);
        foreach (var (name, text) in files) folder.Write(name, text);
        return files.Length > 0;
    }

    /// <summary>Writes answers as LLaVA's scripts do.</summary>
    public static string WriteAnswers(TemporaryFolder folder, IEnumerable<BenchmarkQuestion> questions) => folder.Write("answers.jsonl", string.Concat(questions.Select(question =>
    {
        var row = new JsonObject { ["question_id"] = question.HasNumericId ? long.Parse(question.Id) : question.Id, ["prompt"] = question.Prompt, ["text"] = "A" };
        foreach (var (key, value) in question.Extra ?? []) row[key] = value?.DeepClone();
        return row.ToJsonString() + "\n";
    })));

    private static (string Name, string Text)[] Files(string benchmark) => benchmark switch
    {
        "pope" => [.. ((string[])["random", "popular", "adversarial"]).Select(category => ($"coco/coco_pope_{category}.json",
            """{"question_id": 1, "image": "COCO_val2014_000000000042.jpg", "text": "Is there a dog?", "label": "yes"}""" + "\n"
            + """{"question_id": 2, "image": "COCO_val2014_000000000042.jpg", "text": "Is there a cat?", "label": "no"}"""))],
        "mme" => [.. MmeTasks.Select(task => ($"{task}.txt", "a.jpg\tIs it red? Please answer yes or no.\tYes\na.jpg\tIs it blue?  Please answer yes or no.\tNo\n"))],
        "scienceqa" =>
        [
            ("problems.json", """{"4": {"question": "Which?", "choices": ["x", "y"], "answer": 0, "hint": " ", "image": null}, "7": {"question": "What?", "choices": ["x", "y", "z"], "answer": 2, "hint": "Look.", "image": "image.png"}, "8": {}}"""),
            ("pid_splits.json", """{"train": ["8"], "test": ["7", "4"]}"""),
        ],
        "textvqa" =>
        [
            ("TextVQA_0.5.1_val.json", """{"data": [{"question_id": 3, "image_id": "ab", "question": "what is it?", "answers": ["coke"]}, {"question_id": 4, "image_id": "ab", "question": "who made it?", "answers": ["coke"]}]}"""),
            ("TextVQA_Rosetta_OCR_v0.2_val.json", """{"data": [{"image_id": "ab", "ocr_tokens": ["Coca", "Cola"]}]}"""),
        ],
        "gqa" => [("questions1.2/testdev_balanced_questions.json", """{"20": {"question": "Is it red?", "imageId": "n1", "answer": "yes"}, "3": {"question": "What is it?", "imageId": "n2", "answer": "dog"}}""")],
        "vizwiz" => [("Annotations/val.json", """[{"image": "VizWiz_val_00000000.jpg", "question": "What is it?", "answers": [{"answer": "soup"}]}, {"image": "VizWiz_val_00000002.jpg", "question": "And this?", "answers": [{"answer": "tea"}]}]""")],
        "mmbench" => [("mmbench_dev_20230712.tsv", Mm + $"7\tWhat?\t\"A \"\"hint\"\"\nof two lines\"\tdog\tcat\t\t\tB\tanimals\t{Picture}\tx\ty\t\tdev\n1000007\tWhat?\tnan\tcat\tdog\tNone\tcow\tA\tanimals\t7\tx\ty\t\tdev\n")],
        "mmbench-cn" => [("mmbench_dev_cn_20231003.tsv", Mm + $"7\t什么？\t\t狗\t猫\t\t\tB\tanimals\t{Picture}\tx\ty\t\tdev\n")],
        "llava-bench" =>
        [
            ("questions.jsonl", """{"question_id": 0, "image": "001.jpg", "text": "What?", "category": "conv"}""" + "\n" + """{"question_id": 1, "image": "001.jpg", "text": "Why?", "category": "complex"}"""),
            ("context.jsonl", """{"image": "001.jpg", "caption": "A bay."}"""),
            ("answers_gpt4.jsonl", """{"question_id": 0, "text": "A bay."}""" + "\n" + """{"question_id": 1, "text": "It rains."}"""),
        ],
        "mm-vet" => [("mm-vet.json", """{"v1_0": {"imagename": "v1_0.png", "question": "What?", "answer": "x"}, "v1_1": {"imagename": "v1_1.png", "question": "Why?", "answer": "y"}}""")],
        "mmhal" => [("mmhal-bench_answer_template.json", JsonSerializer.Serialize(((string[])["attribute", "counting"]).Select(type => new
        {
            question_type = type, image_id = "a", image_src = $"https://example.com/1/{type}_o.jpg", image_content = new[] { "Cap" }, question = "What?", gt_answer = "Red.", model_answer = "",
        })))],
        "object-halbench" =>
        [
            ("synonyms_refine.txt", "person, man\ndog, puppy\n"),
            ("obj_halbench_300_with_image.jsonl", $$"""{"image_id": 42, "question": "Describe it.", "image": "{{Picture}}", "org_idx": 5}""" + "\n" + """{"image_id": "000000000007", "question": "What is there?"}"""),
            ("annotations/instances_val2014.json", """{"images": [{"id": 42}, {"id": 7}], "annotations": [{"image_id": 42, "category_id": 18}], "categories": [{"id": 18, "name": "dog"}]}"""),
            ("annotations/captions_val2014.json", """{"images": [{"id": 42}, {"id": 7}], "annotations": [{"image_id": 42, "id": 1, "caption": "A man."}]}"""),
        ],
        _ => [],
    };
}
