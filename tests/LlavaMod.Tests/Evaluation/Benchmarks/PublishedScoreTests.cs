using System.Globalization;
using System.Text.Json;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>Published files of answers, and the scores that the benchmarks' own scripts give them.</summary>
public sealed class PublishedScoreTests
{
    private const double Exact = 1e-12;

    [SharedFact("data/eval/pope")]
    public void Pope_gives_the_published_figures()
    {
        var score = Score("pope", "pope", "answers_llava-v1.5-13b.jsonl.gz");
        var expected = Expected("pope/expected.json").GetProperty("by_category");
        foreach (var category in expected.EnumerateObject())
        {
            var figures = score.Figures.Categories[category.Name];
            foreach (string name in (string[])["f1", "accuracy", "precision", "recall", "yes_ratio"])
                figures[name].ShouldBe(category.Value.GetProperty(name).GetDouble(), Exact, $"{category.Name} {name}");
        }
        score.Answered.ShouldBe(8910);
    }

    [SharedFact("data/eval/mme")]
    public void Mme_gives_the_published_figures()
    {
        var score = Score("mme", "mme", "LaVIN");
        foreach (var ability in Expected("mme/expected_LaVIN.json").GetProperty("scores").EnumerateObject())
        {
            score.Figures.Metrics[ability.Name.ToLowerInvariant()].ShouldBe(ability.Value.GetProperty("total").GetDouble(), 1e-9);
            foreach (var task in ability.Value.GetProperty("tasks").EnumerateObject())
                score.Figures.Categories[task.Name]["score"].ShouldBe(task.Value.GetDouble(), 1e-9, task.Name);
        }
    }

    [SharedFact("data/eval/scienceqa")]
    public void ScienceQa_gives_the_published_figures()
    {
        var score = Score("scienceqa", "scienceqa", "answers_llava-v1.5-13b.jsonl.gz");
        var expected = Expected("scienceqa/expected_llava-v1.5-13b.json");
        (100 * score.Figures.Metrics["accuracy"]).ShouldBe(expected.GetProperty("accuracy_percent").GetDouble(), 1e-9);
        (100 * score.Figures.Metrics["image_accuracy"]).ShouldBe(expected.GetProperty("image_accuracy_percent").GetDouble(), 1e-9);
        score.Figures.Metrics["unparsed"].ShouldBe(expected.GetProperty("unparsed").GetDouble());
    }

    [SharedFact("data/eval/textvqa")]
    public void TextVqa_gives_the_published_accuracy() =>
        Score("textvqa", "textvqa", "answers_llava-v1.5-13b.jsonl.gz").Figures.Metrics["accuracy"]
            .ShouldBe(Expected("textvqa/expected.json").GetProperty("accuracy").GetDouble(), Exact);

    [SharedFact("data/eval/vqa_normalise")]
    public void Answers_are_brought_to_the_published_normal_form()
    {
        var cases = Expected("vqa_normalise/cases.json").GetProperty("cases");
        foreach (var test in cases.EnumerateArray())
            VqaAnswer.Normalise(test.GetProperty("raw").GetString()!).ShouldBe(test.GetProperty("processed").GetString(), test.GetProperty("raw").GetString());
        cases.GetArrayLength().ShouldBeGreaterThan(1600);
    }

    [SharedFact("data/eval/gqa")]
    public void Gqa_gives_the_published_accuracy()
    {
        using var folder = new TemporaryFolder();
        var rows = File.ReadLines(Shared("gqa/sample.jsonl")).Select(line => JsonElement.Parse(line)).ToList();
        folder.Write("testdev_balanced_questions.json", JsonSerializer.Serialize(rows.ToDictionary(
            row => row.GetProperty("question_id").GetString()!, row => new { answer = row.GetProperty("answer").GetString() })));
        string answers = folder.Write("answers.jsonl", string.Join('\n', rows.Select(row => JsonSerializer.Serialize(
            new { question_id = row.GetProperty("question_id").GetString(), text = row.GetProperty("prediction_text").GetString() }))));
        Catalog<Benchmark>.Create("gqa").Score(folder.Path, answers).Figures.Metrics["accuracy"].ShouldBe(Expected("gqa/expected.json").GetProperty("accuracy").GetDouble(), Exact);
    }

    [SharedFact("data/eval/mmbench")]
    public void MmBench_gives_the_published_circular_accuracy()
    {
        var metrics = Score("mmbench", "mmbench", "dev_predictions_llava-v1.5-13b.tsv.gz").Figures.Metrics;
        var expected = Expected("mmbench/expected.json");
        foreach (string name in (string[])["circular_accuracy", "vanilla_accuracy", "row_accuracy"])
            metrics[name].ShouldBe(expected.GetProperty(name).GetDouble(), Exact, name);
    }

    [SharedFact("data/eval/mmhal")]
    public void MmHal_gives_the_figures_of_its_reviews()
    {
        var score = Score("mmhal", "mmhal", "made_reviews.json");
        var expected = Expected("mmhal/expected_made_reviews.json");
        score.Figures.Metrics["score"].ShouldBe(expected.GetProperty("average_score").GetDouble(), Exact);
        score.Figures.Metrics["hallucination_rate"].ShouldBe(expected.GetProperty("hallucination_rate").GetDouble(), Exact);
        (100 * score.Figures.Metrics["informativeness"]).ShouldBe(expected.GetProperty("informativeness_percent").GetDouble(), 1e-9);
        score.Figures.Metrics["unparsed"].ShouldBe(expected.GetProperty("unparsed").GetDouble());
        score.Figures.Categories.Values.Select(figures => Math.Round(figures["score"], 2))
            .ShouldBe(expected.GetProperty("score_per_question_type").EnumerateArray().Select(value => value.GetDouble()));
    }

    [SharedFact("data/eval/llava_bench")]
    public void LlavaBench_gives_the_published_relative_scores()
    {
        using var all = new TemporaryFolder();
        for (int run = 1; run <= 3; run++)
        {
            string name = $"reviews_llava-v1.5-13b-eval{run}.jsonl.gz";
            File.Copy(Shared($"llava_bench/{name}"), all[name]);
            var categories = Score("llava-bench", "llava_bench", name).Figures;
            foreach (var category in Expected("llava_bench/expected_13b.json").GetProperty($"eval{run}").EnumerateObject())
            {
                var figures = category.Name == "all" ? categories.Metrics : categories.Categories[category.Name];
                foreach (var figure in category.Value.EnumerateObject()) figures[figure.Name].ToString("F1", CultureInfo.InvariantCulture).ShouldBe(figure.Value.GetDouble().ToString("F1", CultureInfo.InvariantCulture), $"{run} {category.Name} {figure.Name}");
            }
        }
        var mean = Catalog<Benchmark>.Create("llava-bench").Score(Shared("llava_bench"), all.Path).Figures.Metrics["relative"];
        mean.ShouldBe(Expected("llava_bench/expected_13b.json").GetProperty("mean_all").GetDouble(), 0.05); // there a mean of rounded scores
    }

    [SharedFact("data/eval/mmvet")]
    public void MmVet_gives_the_published_score() =>
        Score("mm-vet", "mmvet", "llava-v1.5-13b_gpt-4-grade-1runs.json").Figures.Metrics["score"].ShouldBe(Expected("mmvet/expected_13b.json").GetProperty("total").GetDouble(), 1e-9);

    [SharedFact("data/eval/chair")]
    public void Chair_finds_the_published_objects_in_captions()
    {
        var finder = CocoObjects.Read(Shared("chair/synonyms_refine.txt"));
        var cases = Expected("chair/caption_words.json").GetProperty("cases");
        foreach (var test in cases.EnumerateArray())
            finder.In(test.GetProperty("caption").GetString()!).Select(named => named.Kind)
                .ShouldBe(test.GetProperty("nodes").EnumerateArray().Select(node => node.GetString()), test.GetProperty("caption").GetString());
        cases.GetArrayLength().ShouldBe(120);
    }

    [SharedFact("data/eval/chair")]
    public void Chair_gives_the_published_figures()
    {
        var metrics = Score("object-halbench", "chair", "answers_and_ground_truth.jsonl").Figures.Metrics;
        var expected = Expected("chair/expected.json").GetProperty("overall");
        metrics["chair_s"].ShouldBe(expected.GetProperty("CHAIRs").GetDouble(), Exact);
        metrics["chair_i"].ShouldBe(expected.GetProperty("CHAIRi").GetDouble(), Exact);
        metrics["chair_s_refined"].ShouldBe(expected.GetProperty("CHAIRs_refine").GetDouble(), Exact);
        metrics["recall"].ShouldBe(expected.GetProperty("obj_rec").GetDouble(), Exact);
    }

    private static string Shared(string path) => RepositoryFiles.Shared($"data/eval/{path}")!;

    private static JsonElement Expected(string path) => JsonElement.Parse(File.ReadAllBytes(Shared(path)));

    private static BenchmarkScore Score(string benchmark, string folder, string answers) => Catalog<Benchmark>.Create(benchmark).Score(Shared(folder), Shared($"{folder}/{answers}"));
}
