using System.Text;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Evaluation.Judges;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Recipes;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Answers that a judge is asked about, with the benchmarks' files and a prompt of the user's.</summary>
[FuzzTarget("judged", Summary = "answers to be judged, the files that a judge is shown, and its prompt")]
public sealed class JudgedTarget : FuzzTarget
{
    private const string Answers = "answers/";
    private const string Prompt = "prompt.txt";

    /// <inheritdoc/>
    public override long AllocatedPerByte => 1000;

    /// <inheritdoc/>
    public override long AllocatedAtLeast => 4 << 20;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        string answers = Directory.GetFiles(sandbox[Answers]).Single();
        var benchmark = (IJudged)Catalog<Benchmark>.Create(Path.GetFileName(answers).Split('.')[0]);
        using var data = new BenchmarkFolder(sandbox.Folder);
        foreach (var request in benchmark.Rubric.Requests(data, answers, JudgePrompt.Read(sandbox[Prompt]), allowPartial: true)) request.ToJson("judge").ToJsonString();
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        const string Template = """[{"question_type": "attribute", "image_content": ["Cap"], "question": "What?", "gt_answer": "Red.", "model_answer": "ANSWER"}, {"question_type": "counting", "image_content": [], "question": "How many?", "gt_answer": "2", "model_answer": ""}]""";
        yield return Make("mmhal.json", Template.Replace("ANSWER", "A red cap", StringComparison.Ordinal), ("mmhal-bench_answer_template.json", Template));
        yield return Make("mm-vet.json", """{"v1_0": "It is red.", "v1_1": "four"}""", ("mm-vet.json", """{"v1_0": {"question": "Which?", "answer": "red<OR>dark red"}, "v1_1": {"question": "How many?", "answer": 4}}"""));
        yield return Make("llava-bench.jsonl", """{"question_id": 0, "prompt": "What?", "text": "A cup"}""" + "\n" + """{"question_id": 1, "prompt": "Why?", "text": "So."}""",
            ("questions.jsonl", """{"question_id": 0, "image": "001.jpg", "category": "conv", "text": "What?"}""" + "\n" + """{"question_id": 1, "image": "002.jpg", "category": "detail", "text": "Why?"}"""),
            ("context.jsonl", """{"id": 0, "image": "001.jpg", "caption": "A cup."}""" + "\n" + """{"id": 1, "image": "002.jpg", "caption": ["A table.", "A cup."]}"""),
            ("answers_gpt4.jsonl", """{"question_id": 0, "text": "It is a cup."}""" + "\n" + """{"question_id": 1, "text": "Because."}"""));
    }

    private static Specimen Make(string answersName, string answers, params (string Name, string Text)[] files) => new(
    [
        .. files.Append((Answers + answersName, answers)).Append((Prompt, "Q {question} A {answer} T {reference} C {context} {category}"))
            .Select(file => new SpecimenFile(file.Item1, Encoding.UTF8.GetBytes(file.Item2))),
    ]);
}
