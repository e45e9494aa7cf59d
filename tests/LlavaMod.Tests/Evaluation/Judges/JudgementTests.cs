using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Evaluation.Judges;

namespace LlavaMod.Tests.Evaluation.Judges;

/// <summary>From answers over a judge to a score, for every benchmark that has one.</summary>
public sealed class JudgementTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""[{"question_type": "attribute", "model_answer": "red"}, {"question_type": "counting", "model_answer": "two {context}"}]""")]
    [InlineData("{\"question_id\": 1, \"text\": \"two {context}\"}\n{\"question_id\": 0, \"text\": \"red\"}")]
    public async Task MmHal_is_judged_from_its_template_or_from_json_lines(string answers)
    {
        MmHalFiles();
        using var server = new ScriptedJudge(prompt => prompt.Contains("Answer to rate: red\n") ? "Right.\nRating: 5" : "Rating: 1");
        var (score, use) = await Score(new MmHal(), server, answers);
        (score.Figures.Metrics["score"], score.Figures.Metrics["hallucination_rate"]).ShouldBe((3, 0.5));
        (score.Figures.Categories["attribute"]["score"], score.Figures.Categories["counting"]["score"]).ShouldBe((5, 1));
        use.Unparsed.ShouldBeEmpty();
        string prompt = Prompts(server).Single(text => text.Contains("Cup, Table"));
        prompt.ShouldContain("Question: How many cups?\n");
        prompt.ShouldContain("Standard answer: Two cups.\n");
        prompt.ShouldContain("Answer to rate: two {context}\n"); // as the model said it
    }

    [Fact]
    public async Task MmHal_is_judged_in_part_where_that_is_asked_for()
    {
        MmHalFiles();
        using var server = new ScriptedJudge(_ => "Rating: 4");
        var (score, _) = await Score(new MmHal(), server, """{"question_id": 1, "text": "two"}""", allowPartial: true);
        (score.Answered, score.Items.Single().Key).ShouldBe((1, "1"));
    }

    [Fact]
    public async Task A_template_that_nobody_filled_in_is_not_judged()
    {
        MmHalFiles();
        using var server = new ScriptedJudge(_ => "Rating: 4");
        (await Should.ThrowAsync<UserError>(() => Score(new MmHal(), server, File.ReadAllText(folder["mmhal-bench_answer_template.json"])))).Message.ShouldContain("every model_answer is empty");
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task LlavaBench_is_judged_against_the_reference_with_the_picture_described()
    {
        LlavaBenchFiles();
        using var server = new ScriptedJudge(prompt => prompt.Contains("kind \"conv\"") ? "8 6.5\nBoth are right." : "10,7\nThe first says more.");
        var (score, _) = await Score(new LlavaBench(), server, "{\"question_id\": 0, \"text\": \"A cup\"}\n{\"question_id\": 1, \"text\": \"A cup on a table\"}");
        score.Figures.Metrics["relative"].ShouldBe(100 * 6.75 / 9, 1e-9);
        score.Figures.Categories.Keys.ShouldBe(["llava_bench_conv", "llava_bench_detail"]);
        score.Figures.Metrics["unparsed"].ShouldBe(0);
        string prompt = Prompts(server).Single(text => text.Contains("kind \"detail\""));
        foreach (string part in (string[])["A white cup.\nA table.", "Describe it.", "[Assistant 1]\nA white cup stands on a table.", "[Assistant 2]\nA cup on a table"]) prompt.ShouldContain(part);
        var review = JsonElement.Parse(File.ReadLines(folder["reviews.jsonl"]).First());
        review.EnumerateObject().Select(property => property.Name).ShouldBe(["id", "question_id", "category", "content", "tuple"]);
    }

    [SharedFact("data/eval/llava_bench")]
    public async Task LlavaBench_gives_published_points_back()
    {
        // The judge says again what GPT-4 said about the published answers, so that the score is the published one.
        string shared = RepositoryFiles.Shared("data/eval/llava_bench")!;
        var reviews = PublishedFile.Rows(Path.Combine(shared, "reviews_llava-v1.5-13b-eval1.jsonl.gz")).ToDictionary(row => row.Text("question_id"));
        var answers = AnswerRows.ReadJsonLines(Path.Combine(shared, "answers_llava-v1.5-13b.jsonl")).ToList();
        folder.Write("questions.jsonl", Lines(answers.Select(row => new
        {
            question_id = row.QuestionId, image = "a.jpg", text = $"{row.Prompt} #{row.QuestionId}#", category = reviews[row.QuestionId].Text("category")["llava_bench_".Length..],
        })));
        folder.Write("answers_gpt4.jsonl", Lines(answers.Select(row => new { question_id = row.QuestionId, text = "yes" })));
        folder.Write("context.jsonl", Lines([new { image = "a.jpg", caption = "A picture." }]));
        using var server = new ScriptedJudge(prompt => reviews[prompt.Split('#')[1]].Text("content"));
        var (score, _) = await Score(new LlavaBench(), server, File.ReadAllText(Path.Combine(shared, "answers_llava-v1.5-13b.jsonl")));
        var published = new LlavaBench().Score(shared, Path.Combine(shared, "reviews_llava-v1.5-13b-eval1.jsonl.gz"));
        score.Figures.Metrics.ShouldBe(published.Figures.Metrics);
        score.Figures.Categories.Keys.ShouldBe(published.Figures.Categories.Keys);
    }

    [Fact]
    public async Task A_question_without_reference_or_description_is_named()
    {
        LlavaBenchFiles();
        using var server = new ScriptedJudge(_ => "5 5");
        folder.Write("answers_gpt4.jsonl", """{"question_id": 0, "text": "A cup."}""");
        (await Should.ThrowAsync<UserError>(() => Score(new LlavaBench(), server, "{\"question_id\": 0, \"text\": \"\"}"))).Message.ShouldContain("row 2 is question 1, which");
        folder.Write("context.jsonl", """{"image": "b.jpg", "caption": "A cup."}""");
        (await Should.ThrowAsync<UserError>(() => Score(new LlavaBench(), server, "{\"question_id\": 0, \"text\": \"\"}"))).Message.ShouldContain("row 1 is about a.jpg, which");
    }

    [Theory]
    [InlineData("""{"v1_0": "It is red.", "v1_1": "four"}""")]
    [InlineData("{\"question_id\": \"v1_0\", \"text\": \"It is red.\"}\n{\"question_id\": 1, \"text\": \"four\"}")]
    public async Task MmVet_is_judged_by_the_truth(string answers)
    {
        MmVetFiles();
        using var server = new ScriptedJudge(prompt => prompt.Contains("Answer: It is red.") ? "0.9" : "1.0\n");
        var (score, _) = await Score(new MmVet(), server, answers);
        score.Figures.Metrics["score"].ShouldBe(95, 1e-9);
        Prompts(server).ShouldContain(prompt => prompt.EndsWith("Question: Which colour? | Truth: red <OR> dark red | Answer: It is red. | Grade:"));
        JsonElement.Parse(File.ReadAllText(folder["reviews.json"])).GetProperty("v1_0").GetRawText().Replace(" ", "").ReplaceLineEndings("")
            .ShouldBe("""{"model":["judge"],"content":["0.9"],"score":[0.9]}""");
    }

    [Fact]
    public async Task A_file_of_grades_is_not_judged_again()
    {
        MmVetFiles();
        using var server = new ScriptedJudge(_ => "1.0");
        (await Should.ThrowAsync<UserError>(() => Score(new MmVet(), server, """{"v1_0": {"score": [1]}, "v1_1": {"score": [1]}}"""))).Message.ShouldContain("v1_0 is Object; a judge reads answers");
    }

    [Fact]
    public async Task A_reply_without_a_score_is_asked_for_again_at_a_higher_temperature()
    {
        MmVetFiles();
        using var server = new ScriptedJudge(prompt => prompt.Contains("It is red.") ? "I would say it is mostly right" : "0.5");
        var (score, use) = await Score(new MmVet(), server, """{"v1_0": "It is red.", "v1_1": "four"}""");
        use.Unparsed.ShouldBe(["v1_0"]);
        score.Figures.Metrics["score"].ShouldBe(25); // MM-Vet's script gives 0 in the end
        server.Requests.Select(request => request.Body.GetProperty("temperature").GetDouble()).Order().ShouldBe([0, 0, 0.5]);
        await Score(new MmVet(), server, """{"v1_0": "It is red.", "v1_1": "four"}""");
        server.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_judge_that_only_talks_gives_no_score_to_LlavaBench()
    {
        LlavaBenchFiles();
        using var server = new ScriptedJudge(_ => "Both are fine.");
        var (score, use) = await Score(new LlavaBench(), server, "{\"question_id\": 0, \"text\": \"A cup\"}\n{\"question_id\": 1, \"text\": \"A table\"}");
        (score.Figures.Metrics["relative"], score.Figures.Metrics["unparsed"]).ShouldBe((0, 2));
        use.Unparsed.ShouldBe(["0", "1"]);
    }

    [Fact]
    public async Task A_run_that_was_killed_goes_on_where_it_was()
    {
        const int Questions = 30;
        folder.Write("mm-vet.json", JsonSerializer.Serialize(Enumerable.Range(0, Questions).ToDictionary(i => $"v1_{i}", i => new { question = $"Number {i}?", answer = $"{i}" })));
        string answers = JsonSerializer.Serialize(Enumerable.Range(0, Questions).ToDictionary(i => $"v1_{i}", i => $"{i}"));
        using var stop = new CancellationTokenSource();
        using var server = new ScriptedJudge(_ => "0.5");
        await Should.ThrowAsync<OperationCanceledException>(() => Score(new MmVet(), server, answers, progress: (done, _) =>
        {
            if (done == 7) stop.Cancel();
        }, stop: stop.Token));
        File.Exists(folder["reviews.json"]).ShouldBeFalse();
        File.AppendAllText(folder["cache.jsonl"], "{\"key\": \"torn"); // as a killed process leaves it
        int before = File.ReadLines(folder["cache.jsonl"]).Count() - 1;
        before.ShouldBeInRange(7, Questions - 1);
        var (score, use) = await Score(new MmVet(), server, answers);
        // Only what was under way when the run was stopped is asked twice.
        var asked = server.Requests.GroupBy(request => request.Body.GetRawText()).Select(group => group.Count()).ToList();
        asked.Count.ShouldBe(Questions);
        asked.ShouldAllBe(times => times <= 2);
        asked.Count(times => times == 2).ShouldBeLessThanOrEqualTo(Math.Min(Questions - before, 4));
        (score.Figures.Metrics["score"], use.Requests, use.InputTokens).ShouldBe((50, Questions, 100 * Questions));
    }

    [Fact]
    public async Task A_bad_key_ends_the_run()
    {
        MmVetFiles();
        using var server = new ScriptedJudge(_ => ScriptedJudge.Refuses(401, "no such key"));
        (await Should.ThrowAsync<UserError>(() => Score(new MmVet(), server, """{"v1_0": "red", "v1_1": "four"}"""))).Message.ShouldContain("answers 401");
        File.Exists(folder["reviews.json"]).ShouldBeFalse();
    }

    [Fact]
    public async Task The_result_says_who_judged_and_with_which_words()
    {
        MmVetFiles();
        using var server = new ScriptedJudge(_ => "1.0");
        string answers = """{"v1_0": "red", "v1_1": "four"}""";
        var (_, own) = await Score(new MmVet(), server, answers);
        (own.Model, own.Prompt, own.Url).ShouldBe(("judge", "llavamod/mm-vet/1", server.Url.AbsoluteUri));
        (own.Requests, own.InputTokens, own.OutputTokens, own.Cost).ShouldBe((2, 200, 20, null));
        own.JudgedSha256.ShouldBe(FileHash.Sha256(folder["answers.txt"]));
        var prompt = JudgePrompt.Read(folder.Write("mine.txt", "Q {question} A {answer} T {reference} C {context}{category} {other}"));
        var (_, mine) = await Score(new MmVet(), server, answers, prompt);
        (mine.Prompt, mine.PromptSha256 == own.PromptSha256, mine.PromptSha256.Length).ShouldBe(("mine.txt", false, 64));
        Prompts(server).ShouldContain("Q Which colour? A red T red <OR> dark red C  {other}");
    }

    [Fact]
    public void A_prompt_without_a_place_for_the_answer_is_refused() =>
        Should.Throw<UserError>(() => JudgePrompt.Read(folder.Write("mine.txt", "{question} {reference}"))).Message.ShouldContain("has no {answer}");

    private void MmHalFiles() => folder.Write("mmhal-bench_answer_template.json", """
        [
          {"question_type": "attribute", "image_content": ["Car"], "question": "Which colour?", "gt_answer": "Red.", "model_answer": ""},
          {"question_type": "counting", "image_content": ["Cup", "Table"], "question": "How many cups?", "gt_answer": "Two cups.", "model_answer": ""}
        ]
        """);

    private void LlavaBenchFiles()
    {
        folder.Write("questions.jsonl", """
            {"question_id": 0, "image": "a.jpg", "text": "What is it?", "category": "conv"}
            {"question_id": 1, "image": "a.jpg", "text": "Describe it.", "category": "detail"}
            """);
        folder.Write("context.jsonl", """{"id": 1, "image": "a.jpg", "caption": ["A white cup.", "A table."]}""");
        folder.Write("answers_gpt4.jsonl", """
            {"question_id": 0, "text": "It is a cup."}
            {"question_id": 1, "text": "A white cup stands on a table."}
            """);
    }

    private void MmVetFiles() => folder.Write("mm-vet.json", """
        {"v1_0": {"question": "Which colour?", "answer": "red<OR>dark red"}, "v1_1": {"question": "How many?", "answer": 4}}
        """);

    private static IEnumerable<string> Prompts(ScriptedJudge server) => server.Requests.Select(request => request.Body.GetProperty("messages")[0].GetProperty("content").GetString()!);

    private static string Lines<T>(IEnumerable<T> rows) => string.Join('\n', rows.Select(row => JsonSerializer.Serialize(row)));

    private async Task<(BenchmarkScore Score, JudgeUse Use)> Score(
        Benchmark benchmark, ScriptedJudge server, string answers, JudgePrompt? prompt = null, bool allowPartial = false, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        var rubric = ((IJudged)benchmark).Rubric;
        string reviews = folder[$"reviews{rubric.ReviewsExtension}"];
        using var data = new BenchmarkFolder(folder.Path);
        using var cache = JudgeCache.Open(folder["cache.jsonl"]);
        using var judge = new Judge(new JudgeOptions { Url = server.Url, Model = "judge" }, cache);
        var use = await new Judgement(rubric, prompt).Run(judge, data, folder.Write("answers.txt", answers), reviews, allowPartial, progress, stop);
        return (benchmark.Score(data, reviews, allowPartial), use);
    }
}
