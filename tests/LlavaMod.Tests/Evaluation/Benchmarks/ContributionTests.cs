using System.Collections;
using System.Reflection;
using System.Text.Json;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>What answers contribute is read back from a result's file as it was, so that figures of it are the same to the last bit.</summary>
public sealed class ContributionTests
{
    public static TheoryData<string> Benchmarks => [.. Catalog<Benchmark>.Entries.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Benchmarks))]
    public void A_contribution_survives_its_file(string benchmark)
    {
        var type = Of(Catalog<Benchmark>.Find(benchmark).Type);
        for (int variant = 0; variant < 3; variant++)
        {
            string json = JsonSerializer.Serialize(Sample(type, variant), type, ScoredItem.Options);
            JsonSerializer.Serialize(JsonSerializer.Deserialize(json, type, ScoredItem.Options), type, ScoredItem.Options).ShouldBe(json);
        }
    }

    [Theory]
    [MemberData(nameof(Benchmarks))]
    public void What_is_no_contribution_is_named(string benchmark)
    {
        var entry = Catalog<Benchmark>.Create(benchmark);
        foreach (string json in (string[])["null", "[1]", "\"x\""])
            Should.Throw<UserError>(() => entry.FiguresOf([new ScoredItem("q\n1", JsonElement.Parse(json))])).Message.ShouldStartWith("item 'q\\u000A1' is no contribution to this benchmark: ");
    }

    [SharedTheory("data/eval")]
    [InlineData("pope", "pope", "answers_llava-v1.5-13b.jsonl.gz")]
    [InlineData("mme", "mme", "LaVIN")]
    [InlineData("scienceqa", "scienceqa", "answers_llava-v1.5-13b.jsonl.gz")]
    [InlineData("textvqa", "textvqa", "answers_llava-v1.5-13b.jsonl.gz")]
    [InlineData("mmbench", "mmbench", "dev_predictions_llava-v1.5-13b.tsv.gz")]
    [InlineData("mmhal", "mmhal", "made_reviews.json")]
    [InlineData("llava-bench", "llava_bench", "reviews_llava-v1.5-13b-eval1.jsonl.gz")]
    [InlineData("mm-vet", "mmvet", "llava-v1.5-13b_gpt-4-grade-1runs.json")]
    [InlineData("object-halbench", "chair", "answers_and_ground_truth.jsonl")]
    public void Figures_of_a_results_items_are_the_figures_of_the_answers(string name, string data, string answers)
    {
        var benchmark = Catalog<Benchmark>.Create(name);
        var score = benchmark.Score(RepositoryFiles.Shared($"data/eval/{data}")!, RepositoryFiles.Shared($"data/eval/{data}/{answers}")!);
        using var folder = new TemporaryFolder();
        new BenchmarkResult { Benchmark = name, Score = score }.Write(folder["result.json"]);
        var items = BenchmarkResult.Read(folder["result.json"]).Score.Items;
        var figures = benchmark.FiguresOf(items)([.. Enumerable.Range(0, items.Count)]);
        figures.Metrics.ShouldBe(score.Figures.Metrics);
        JsonSerializer.Serialize(figures.Categories).ShouldBe(JsonSerializer.Serialize(score.Figures.Categories));
    }

    private static Type Of(Type benchmark)
    {
        for (var type = benchmark; ; type = type.BaseType!)
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Benchmark<,>)) return type.GenericTypeArguments[1];
    }

    // Any value of a type, three ways; what may be null is null in the last.
    private static object? Sample(Type type, int variant) => type switch
    {
        _ when Nullable.GetUnderlyingType(type) is { } value => variant == 2 ? null : Sample(value, variant),
        _ when type == typeof(string) => new[] { "words", "", "猫 \"\\\n" }[variant],
        _ when type == typeof(bool) => variant == 1,
        _ when type == typeof(char) => "AB猫"[variant],
        _ when type == typeof(int) => new[] { 3, 0, -1 }[variant],
        _ when type == typeof(long) => new[] { 3, 0, long.MaxValue }[variant],
        _ when type == typeof(double) => new[] { 0.1, 1 / 3.0, 1e300 }[variant],
        _ when type.IsEnum => Enum.GetValues(type).GetValue(variant % Enum.GetValues(type).Length),
        _ when type.IsGenericType && type.GenericTypeArguments.Length == 2 => Filled(typeof(Dictionary<,>), type, map => ((IDictionary)map).Add(Sample(type.GenericTypeArguments[0], variant)!, Sample(type.GenericTypeArguments[1], variant))),
        _ when type.IsGenericType => Filled(typeof(List<>), type, list => ((IList)list).Add(Sample(type.GenericTypeArguments[0], variant))),
        _ => Made(type, variant),
    };

    private static object Filled(Type generic, Type type, Action<object> fill)
    {
        object made = Activator.CreateInstance(generic.MakeGenericType(type.GenericTypeArguments))!;
        fill(made);
        return made;
    }

    private static object Made(Type type, int variant)
    {
        var constructor = type.GetConstructors().OrderByDescending(one => one.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter =>
            variant == 2 && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable ? null : Sample(parameter.ParameterType, variant))]);
    }
}
