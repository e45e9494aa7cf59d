using System.Text;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Recipes;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Published questions and somebody's answers, of benchmarks whose files differ.</summary>
[FuzzTarget("benchmarks", Summary = "benchmarks' published files and answers")]
public sealed class BenchmarkTarget : FuzzTarget
{
    private const string Answers = "answers/";
    private const string Synonyms = "person, man, woman\ndog, puppy\ntie\n";

    private static readonly string[] MmeTasks =
    [
        "existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR",
        "commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning",
    ];

    /// <inheritdoc/>
    public override long AllocatedPerByte => 1000;

    // Confidence intervals are drawn over and over.
    /// <inheritdoc/>
    public override long AllocatedAtLeast => 64 << 20;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        var answers = Directory.GetFiles(sandbox[Answers]).Single();
        Catalog<Benchmark>.Create(Path.GetFileName(answers).Split('.')[0]).Score(sandbox.Folder, answers, allowPartial: true);
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        const string LlavaAnswers = """{"question_id": "1", "prompt": "Is it?\nAnswer", "text": "Yes."}""" + "\n" + """{"question_id": 2, "prompt": "What?", "text": "B"}""" + "\n";
        var pope = """{"question_id": 1, "image": "a.jpg", "text": "Is it?", "label": "yes"}""" + "\n" + """{"question_id": 2, "image": "a.jpg", "text": "And?", "label": "no"}""" + "\n";
        yield return Make("pope.jsonl", LlavaAnswers, ("coco_pope_random.json", pope), ("coco_pope_popular.json", pope), ("coco_pope_adversarial.json", pope));
        yield return Make("mmbench.jsonl", LlavaAnswers, ("mmbench_dev_20230712.tsv", "index\tquestion\tA\tB\tC\tD\tanswer\tcategory\n1\tWhat?\ta cat\ta dog\t\t\tA\tanimals\n2\tWhat?\tone\ttwo\tthree\tfour\tB\tnumbers\n"));
        yield return Make("gqa.jsonl", LlavaAnswers, ("testdev_balanced_questions.json", """{"1": {"answer": "yes", "types": {"structural": "verify"}}, "2": {"answer": "b", "types": {"structural": "query"}}}"""));
        yield return Make("mm-vet.json", """{"v1_0": {"score": [0.5, 1]}, "v1_1": {"score": [0]}}""", ("mm-vet.json", """{"v1_0": {"answer": "a"}, "v1_1": {"answer": "b"}}"""));
        yield return Make("vizwiz.jsonl", """{"question_id": "a.jpg", "prompt": "What?", "text": "a cat"}""", ("val.json", """[{"image": "a.jpg", "question": "What?", "answers": [{"answer": "cat"}, {"answer": "a cat"}, {"answer": "dog"}]}]"""));
        yield return Make("object-halbench.jsonl", """{"question_id": 1, "text": "A man with two dogs and a bow tie."}""",
            ("synonyms_refine.txt", Synonyms), ("x_ground_truth.jsonl", """{"question_id": 1, "gt_objects": ["person", "dog"]}"""));
        yield return Make("object-halbench.jsonl", """{"image_id": 42, "answer": "A man with two dogs and a bow tie."}""", ("synonyms_refine.txt", Synonyms),
            ("obj_halbench_300_with_image.jsonl", """{"image_id": 42, "question": "What?", "image": "AAAA"}"""),
            ("annotations/instances_val2014.json", """{"info": {"year": 2014}, "images": [{"id": 42}], "annotations": [{"segmentation": [[1, 2]], "image_id": 42, "category_id": 18}], "categories": [{"id": 18, "name": "dog"}]}"""),
            ("annotations/captions_val2014.json", """{"images": [{"id": 42}], "annotations": [{"image_id": 42, "id": 1, "caption": "A man with a puppy."}]}"""));
        yield return Make("scienceqa.jsonl", LlavaAnswers,
            ("problems.json", """{"1": {"question": "Which?", "choices": ["a", "b"], "answer": 0, "image": "i.png"}, "2": {"question": "Which?", "choices": ["a", "b", "c"], "answer": 1, "image": null}}"""),
            ("pid_splits.json", """{"test": ["1", "2"], "train": []}"""));
        yield return Make("mme.jsonl", """{"question_id": "existence/a.jpg", "prompt": "Is it? Please answer yes or no.", "text": "Yes"}""",
            [.. MmeTasks.Select(task => ($"{task}.txt", "a.jpg\tIs it? Please answer yes or no.\tYes\na.jpg\tAnd? Please answer yes or no.\tNo\n"))]);
        yield return Make("textvqa.jsonl", """{"question_id": "a1", "prompt": "Reference OCR token: x\nWhat is it?\nAnswer", "text": "Coca Cola."}""",
            ("TextVQA_0.5.1_val.json", """{"data": [{"image_id": "a1", "question": "what is it?", "question_id": 3, "answers": ["coca cola", "cola", "coke", "coca cola"]}]}"""));
        yield return Make("mmhal.json", """[{"choices": [{"message": {"content": "Rating: 5, very informative"}}]}, {"choices": [{"message": {"content": "Rating: 1"}}]}]""",
            ("mmhal-bench_answer_template.json", """[{"question_type": "attribute", "image_id": "a", "image_src": "http://x/a.jpg", "image_content": ["Cap"], "question": "What?", "gt_answer": "Red.", "model_answer": ""}, {"question_type": "counting", "image_id": "b", "image_src": "http://x/b.jpg", "image_content": [], "question": "How many?", "gt_answer": "2", "model_answer": ""}]"""));
        yield return Make("llava-bench.jsonl", """{"question_id": 0, "category": "llava_bench_conv", "tuple": [8, 10]}""" + "\n" + """{"question_id": 1, "category": "llava_bench_detail", "tuple": [9, 6.5]}""",
            ("questions.jsonl", """{"question_id": 0, "image": "001.jpg", "category": "conv", "text": "What?"}""" + "\n" + """{"question_id": 1, "image": "002.jpg", "category": "detail", "text": "Why?"}"""));
    }

    private static Specimen Make(string answersName, string answers, params (string Name, string Text)[] files) =>
        new([.. files.Append((Answers + answersName, answers)).Select(file => new SpecimenFile(file.Item1, Encoding.UTF8.GetBytes(file.Item2)))]);
}
