using System.Text;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Recipes;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Published questions and their pictures, of benchmarks whose files differ; each lies in a folder of its benchmark's name.</summary>
[FuzzTarget("questions", Summary = "benchmarks' questions, as they are put to a model, and their pictures")]
public sealed class QuestionTarget : FuzzTarget
{
    private const string Picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    /// <inheritdoc/>
    public override long AllocatedPerByte => 1000;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        string folder = Directory.GetDirectories(sandbox.Folder).Single();
        using var data = new BenchmarkFolder(folder);
        foreach (var question in Catalog<Benchmark>.Create(Path.GetFileName(folder)).Questions(data))
        {
            foreach (var image in question.Images) image.Read();
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        string[] tasks =
        [
            "existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR",
            "commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning",
        ];
        yield return Make("mme", [.. tasks.SelectMany(task => ((string, string)[])[($"{task}/a.txt", "Is it? Please answer yes or no.\tYes\nAnd? Please answer yes or no.\tNo\n"), ($"{task}/a.jpg", "x")])]);
        yield return Make("mmbench", ("mmbench_dev_20230712.tsv", $"index\tquestion\thint\tA\tB\tC\tD\tanswer\timage\n1\tWhat?\t\"a \"\"hint\"\"\nof two lines\"\ta cat\ta dog\t\t\tA\t{Picture}\n1000001\tWhat?\tnan\ta dog\ta cat\tNone\t\tB\t1\n"));
        yield return Make(
            "scienceqa",
            ("problems.json", """{"1": {"question": "Which?", "choices": ["a", "b"], "answer": 0, "hint": "Look.", "image": "image.png"}, "2": {"question": "Which?", "choices": ["a", "b", "c"], "answer": 1, "hint": "", "image": null}}"""),
            ("pid_splits.json", """{"test": ["1", "2"], "train": []}"""), ("images/test/1/image.png", "x"));
        yield return Make(
            "textvqa", ("TextVQA_0.5.1_val.json", """{"data": [{"image_id": "a1", "question": "what is it?", "answers": ["coke"]}]}"""),
            ("TextVQA_Rosetta_OCR_v0.2_val.json", """{"data": [{"image_id": "a1", "ocr_tokens": ["Coca", "Cola"]}]}"""), ("train_images/a1.jpg", "x"));
        yield return Make("gqa", ("testdev_balanced_questions.json", """{"1": {"question": "Is it?", "imageId": "n1", "answer": "yes"}}"""), ("images/n1.jpg", "x"));
        yield return Make("vizwiz", ("test.json", """[{"image": "a.jpg", "question": "What?"}]"""), ("test/a.jpg", "x"));
        yield return Make("mm-vet", ("mm-vet.json", """{"v1_0": {"imagename": "v1_0.png", "question": "What?"}}"""), ("images/v1_0.png", "x"));
        yield return Make("mmhal", ("mmhal-bench_answer_template.json", """[{"image_src": "http://x/a.jpg", "question": "What?"}]"""), ("images/a.jpg", "x"));
        yield return Make("object-halbench", ("obj_halbench_300_with_image.jsonl", $$"""{"image_id": 42, "question": "What?", "image": "{{Picture}}"}"""));
    }

    private static Specimen Make(string benchmark, params (string Name, string Text)[] files) =>
        new([.. files.Select(file => new SpecimenFile($"{benchmark}/{file.Name}", Encoding.UTF8.GetBytes(file.Text)))]);
}
