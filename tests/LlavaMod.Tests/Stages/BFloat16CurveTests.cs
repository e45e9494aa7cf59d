using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Tests.Stages;

/// <summary>Training in bf16, with fp32 masters, goes where training in fp32 goes: the built-in world, a sparse student with tower and connector, from scratch.</summary>
[Collection(OneAtATime.Name)] // the curves are then the same in every run
public sealed class BFloat16CurveTests : IDisposable
{
    private const int Steps = 300, Window = 20, Seeds = 3;
    private const double Band = 0.01;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // In the middle of a run a single seed's curves are up to 2 % apart, either way: training magnifies any rounding.
    [Fact]
    public void The_loss_in_bf16_stays_within_1_percent_of_that_in_fp32()
    {
        double[] exact = Curve("fp32"), rounded = Curve("bf16");
        exact.Length.ShouldBe(Steps / Window);
        exact[^1].ShouldBeLessThan(exact[0] / 4, "the student learns");
        rounded.ShouldNotBe(exact, "bf16 is another arithmetic");
        for (int i = 0; i < exact.Length; i++) rounded[i].ShouldBe(exact[i], Band * exact[i], $"steps {i * Window + 1} to {(i + 1) * Window}");
    }

    // Means of the loss over every 20 steps, and over the seeds.
    private double[] Curve(string precision)
    {
        double[][] curves = [.. Enumerable.Range(0, Seeds).Select(seed => Curve(precision, seed))];
        return [.. Enumerable.Range(0, Steps / Window).Select(i => curves.Average(curve => curve[i]))];
    }

    private double[] Curve(string precision, int seed)
    {
        var recipe = new RecipeLoader(LibraryParts.All).Load(folder.Write($"{precision}.yaml", $$"""
            name: curve
            seed: {{seed}}
            precision: {{precision}}
            tokenizer: {train: [scenes], vocab_size: 300}
            template: {name: qwen, system: ""}
            models:
              m:
                language: {hidden_size: 32, intermediate_size: 80, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 256, tie_word_embeddings: true, initializer_range: 0.15}
                vision: {hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 2, patch_size: 20, image_size: 60, hidden_act: gelu}
                connector: mlp2x_gelu
            data:
              scenes: {format: world, count: 3000, seed: 1, content: questions, image_size: 60}
            stages:
              - name: s
                model: m
                upcycle: {num_experts: 4, top_k: 2}
                train: [vision, connector, language, routers]
                data: [scenes]
                objectives: [{name: cross-entropy}, {name: load-balance, weight: 0.01}]
                learning_rate: 3e-3
                steps: {{Steps}}
                batch_size: 8
                micro_batch_size: 4
                parallel_micro_batches: 2
                max_length: 200
            """), []);
        using var run = RunFolder.Create(folder[$"{precision}-{seed}"], recipe);
        var losses = new Losses();
        new Pipeline(recipe, run, losses).Execute(CancellationToken.None);
        return [.. losses.All.Chunk(Window).Select(part => part.Average())];
    }

    private sealed class Losses : SilentObserver
    {
        public List<double> All { get; } = [];

        public override void Step(StepResult result, double seconds) => All.Add(result.Loss);
    }
}
