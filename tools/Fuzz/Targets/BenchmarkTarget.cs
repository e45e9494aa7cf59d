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
            ("synonyms_refine.txt", "person, man, woman\ndog, puppy\ntie\n"), ("x_ground_truth.jsonl", """{"question_id": 1, "gt_objects": ["person", "dog"]}"""));
        yield return Make("scienceqa.jsonl", LlavaAnswers,
            ("problems.json", """{"1": {"question": "Which?", "choices": ["a", "b"], "answer": 0, "image": "i.png"}, "2": {"question": "Which?", "choices": ["a", "b", "c"], "answer": 1, "image": null}}"""),
            ("pid_splits.json", """{"test": ["1", "2"], "train": []}"""));
    }

    private static Specimen Make(string answersName, string answers, params (string Name, string Text)[] files) =>
        new([.. files.Append((Answers + answersName, answers)).Select(file => new SpecimenFile(file.Item1, Encoding.UTF8.GetBytes(file.Item2)))]);
}
