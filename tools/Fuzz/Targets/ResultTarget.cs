using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Recipes;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Two results of a benchmark that are to be compared.</summary>
[FuzzTarget("results", Summary = "benchmarks' results, read and compared")]
public sealed class ResultTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override long AllocatedPerByte => 1000;

    // Intervals and chances are drawn over and over.
    /// <inheritdoc/>
    public override long AllocatedAtLeast => 64 << 20;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox) =>
        PairedComparison.Of([.. Directory.GetFiles(sandbox.Folder, "*.json").Order(StringComparer.Ordinal).Select(path => (path, BenchmarkResult.Read(path)))], allowPartial: true);

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return Make("gqa", ("testdev_balanced_questions.json", """{"1": {"answer": "yes", "types": {"structural": "verify"}}, "2": {"answer": "b"}}"""),
            Lines("yes", "no"), Lines("no", "b"));
        yield return Make("object-halbench", ("synonyms_refine.txt", "person, man\ndog, puppy\n"), Lines("A man.", "A dog and a puppy."), Lines("A dog.", "Nothing."),
            ("x_ground_truth.jsonl", """{"question_id": 1, "gt_objects": ["person"]}""" + "\n" + """{"question_id": 2, "gt_objects": ["dog"]}"""));
        yield return Make("llava-bench", ("questions.jsonl", """{"question_id": 1}"""), """{"question_id": 1, "category": "conv", "tuple": [8, 6]}""", """{"question_id": 1, "category": "conv", "tuple": [8, 7.5]}""");
    }

    private static string Lines(string first, string second) => $$"""{"question_id": 1, "text": "{{first}}"}""" + "\n" + $$"""{"question_id": 2, "text": "{{second}}"}""";

    private static Specimen Make(string name, (string Name, string Text) file, string first, string second, params (string Name, string Text)[] files)
    {
        var written = Specimen.Written(folder =>
        {
            foreach (var (path, text) in (ReadOnlySpan<(string, string)>)[file, .. files]) File.WriteAllText(Path.Combine(folder, path), text);
            foreach (var (result, answers) in (ReadOnlySpan<(string, string)>)[("a.json", first), ("b.json", second)])
            {
                string given = Path.Combine(folder, "answers");
                File.WriteAllText(given, answers);
                new BenchmarkResult { Benchmark = name, Score = Catalog<Benchmark>.Create(name).Score(folder, given) }.Write(Path.Combine(folder, result));
            }
        });
        return new Specimen([.. written.Files.Where(one => one.Name is "a.json" or "b.json")]);
    }
}
