using System.IO.Compression;
using System.Text.Json;
using LlavaMod.Evaluation;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

public sealed class BenchmarkRunTests : IDisposable
{
    private static readonly AskedModel Asked = new("models/one", "ab", "qwen", JsonElement.Parse("{}"), null);

    private static readonly BenchmarkSpec Spec = new() { Name = "world", Options = new BuiltInWorld.Options { Count = 1, ImageSize = 56 } };

    private readonly TemporaryFolder folder = new();
    private readonly BenchmarkFolder none = new(null);

    public void Dispose()
    {
        none.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_run_that_was_stopped_anywhere_ends_as_if_it_had_not_been()
    {
        Ask("whole");
        byte[] whole = File.ReadAllBytes(folder["whole/answers.jsonl"]);
        for (int stop = 0; stop < whole.Length; stop += 97)
        {
            Directory.CreateDirectory(folder[$"{stop}"]);
            File.Copy(folder["whole/asked.json"], folder[$"{stop}/asked.json"]);
            File.WriteAllBytes(folder[$"{stop}/answers.jsonl"], whole[..stop]);
            File.WriteAllText(folder[$"{stop}/.lock"], ""); // of a killed process
            Ask($"{stop}");
            File.ReadAllBytes(folder[$"{stop}/answers.jsonl"]).ShouldBe(whole);
            Directory.GetFiles(folder[$"{stop}"]).Select(Path.GetFileName).ShouldBe(["answers.jsonl", "asked.json"], ignoreOrder: true);
        }
    }

    [Fact]
    public void Two_runs_at_once_do_not_write_into_each_other()
    {
        string? message = null;
        Ask("out", new Scripted(() => message ??= Should.Throw<UserError>(() => Ask("out")).Message));
        message.ShouldNotBeNull().ShouldContain("another process is writing answers there");
        Ask("out");
    }

    [Fact]
    public void Answers_that_nobody_vouches_for_are_not_taken()
    {
        Ask("out");
        File.Delete(folder["out/asked.json"]);
        Fails("out", "holds answers.jsonl, but no asked.json");
    }

    [Theory]
    [InlineData("""{"question_id":"nobody","prompt":"x","text":"a"}""", "1 of its answers are to questions that were not asked (nobody)")]
    [InlineData(null, "1 answers are given twice (")]
    [InlineData("""{"question_id":"nobody","prompt":"x"}""", "row 12 has no text")]
    [InlineData("{", "line 12 is not JSON")]
    public void A_line_that_is_no_answer_of_the_run_is_an_error_before_anything_is_asked(string? line, string message)
    {
        Ask("out");
        var lines = File.ReadAllLines(folder["out/answers.jsonl"]);
        File.WriteAllLines(folder["out/answers.jsonl"], [.. lines, line ?? lines[0]]);
        Fails("out", message);
    }

    [Fact]
    public void Another_teacher_is_another_run()
    {
        Ask("out", asked: Asked with { TeacherSha256 = "cd" });
        Should.Throw<UserError>(() => Ask("out", asked: Asked with { TeacherSha256 = "ef" })).Message.ShouldContain("its teacher's hash is cd, and now ef");
        Ask("out", asked: Asked with { TeacherSha256 = "cd" });
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_one_clear_error()
    {
        folder.Write("file", "");
        Fails("file", "cannot be written", "another --out");
        Directory.CreateDirectory(folder["out/result.json"]);
        Ask("out");
        Should.Throw<UserError>(() => Run("out").Score(Asked, folder["out/answers.jsonl"])).Message.ShouldContain("cannot be written");
    }

    [Fact]
    public void Where_no_picture_is_there_the_error_says_so_also_when_some_may_be_missing()
    {
        foreach (string kind in (string[])["random", "popular", "adversarial"])
            folder.Write($"pope/coco_pope_{kind}.json", """{"question_id": 1, "image": "gone.jpg", "text": "Is there a dog?", "label": "yes"}""");
        Directory.CreateDirectory(folder["pope/val2014"]);
        using var data = new BenchmarkFolder(folder["pope"]);
        var run = new BenchmarkRun(new BenchmarkSpec { Name = "pope", Data = folder["pope"] }, data, folder["out"]) { AllowPartial = true };
        Should.Throw<UserError>(() => run.Ask(new Scripted(), Asked, null!, (_, _) => { }, CancellationToken.None))
            .Message.ShouldContain("none of 3 questions could be asked; 20000001: there is no picture gone.jpg");
    }

    [Theory]
    [InlineData("a\nb\n\nc\n")]
    [InlineData("a\r\nb\r\n\r\nc")]
    [InlineData("a\rb\r\rc\r")]
    public void Lines_end_as_they_end_on_any_system(string text) => PublishedFile.Lines(folder.Write("text", text)).ShouldBe(["a", "b", "", "c"]);

    [Fact]
    public void A_line_that_never_ends_is_an_error_before_it_is_in_memory()
    {
        using (var packed = new GZipStream(File.Create(folder["bomb.gz"]), CompressionLevel.Fastest))
        {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 257; i++) packed.Write(zeros);
        }
        Should.Throw<UserError>(() => PublishedFile.Lines(folder["bomb.gz"]).First()).Message.ShouldContain("a line of more than 268,435,456 characters");
    }

    [Fact]
    public void Files_that_would_never_be_read_are_an_error()
    {
        Should.Throw<UserError>(() => (Spec with { Data = "somewhere" }).Open()).Message.ShouldContain("world: has no files to be read, and is given somewhere");
        Should.Throw<UserError>(() => Agreement(new BenchmarkSpec { Name = "pope", Data = "somewhere" })).Message.ShouldContain("on.data is never read");
        Should.Throw<UserError>(() => Agreement(Spec with { Limit = 3 })).Message.ShouldContain("on.limit is never read");
        Should.Throw<UserError>(() => Agreement(new BenchmarkSpec { Name = "agreement", Options = new Agreement.Options() })).Message.ShouldContain("on.name is agreement");
    }

    private static Benchmark Agreement(BenchmarkSpec on) => Catalog<Benchmark>.Create("agreement", new Agreement.Options { On = on });

    private BenchmarkRun Run(string name) => new(Spec, none, folder[name]);

    private void Ask(string name, IRespondent? respondent = null, AskedModel? asked = null) =>
        Run(name).Ask(respondent ?? new Scripted(), asked ?? Asked, null!, (_, _) => { }, CancellationToken.None);

    private void Fails(string name, params string[] parts)
    {
        string message = Should.Throw<UserError>(() => Ask(name, new Scripted(() => throw new InvalidOperationException("it was asked")))).Message;
        parts.ShouldAllBe(part => message.Contains(part));
        message.ShouldNotContain('\n');
    }

    /// <summary>Answers with the question's id, four at a time.</summary>
    private sealed class Scripted(Action? before = null) : IRespondent
    {
        public string? Refuses(EvaluationQuestion question) => null;

        public IEnumerable<IReadOnlyList<EvaluationQuestion>> Batches(IReadOnlyList<EvaluationQuestion> questions) => questions.Reverse().Chunk(4);

        public IReadOnlyList<Response> Answer(IReadOnlyList<EvaluationQuestion> batch, CancellationToken cancellation)
        {
            before?.Invoke();
            return [.. batch.Select(question => new Response($"about {question.Id}"))];
        }
    }
}
