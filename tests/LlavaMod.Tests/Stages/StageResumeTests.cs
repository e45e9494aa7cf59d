using System.Text.Json.Nodes;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Tests.Stages;

/// <summary>A stage with everything that could remember something: weights, limits, groups, packing, broken rows, samples that do not fit.</summary>
[Collection(OneAtATime.Name)]
public sealed class StageResumeTests : IDisposable
{
    private const int Steps = 7;

    private readonly TemporaryFolder folder = new();
    private readonly Recipe recipe;

    public StageResumeTests()
    {
        folder.Write("talk.jsonl", string.Concat(Enumerable.Range(0, 23).Select(Row)));
        recipe = new RecipeLoader(LibraryParts.All).Load(folder.Write("recipe.yaml", $$"""
            name: resumed
            seed: 3
            tokenizer: {train: [words], vocab_size: 300}
            template: {name: qwen, system: ""}
            models:
              m:
                language: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 256, tie_word_embeddings: true}
                vision: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, patch_size: 28, image_size: 56, hidden_act: gelu}
                connector: linear
            data:
              words: {format: world, count: 12, seed: 1, content: text}
              talk: {format: llava, path: {{folder["talk.jsonl"]}}, max_error_share: 0.3}
              scenes: {format: world, count: 11, seed: 2, content: mixed}
            stages:
              - name: s
                model: m
                upcycle: {num_experts: 4, top_k: 2}
                train: [vision, connector, language]
                data: [{name: talk, weight: 1.6, limit: 21}, {name: scenes, weight: 0.7}]
                group_by: modality_length
                objectives: [{name: cross-entropy}, {name: load-balance, weight: 0.01}]
                learning_rate: 3e-3
                steps: {{Steps}}
                batch_size: 6
                micro_batch_size: 3
                parallel_micro_batches: 2
                max_length: 120
                packing: true
            """), []);
    }

    // One in eight is no conversation, one in seven has a question that does not fit; answers are of different lengths.
    private static string Row(int i)
    {
        string value = string.Concat(Enumerable.Repeat("a red circle ", i % 5 + 1)), question = i % 7 == 3 ? new string('?', 300) : "What is there?";
        return i % 8 == 5
            ? $$"""{"id": "row-{{i}}", "conversations": []}""" + "\n"
            : $$"""{"id": "row-{{i}}", "conversations": [{"from": "human", "value": "{{question}}"}, {"from": "gpt", "value": "{{value}}"}]}""" + "\n";
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_stopped_after_every_step_ends_bit_for_bit_like_one_that_was_not()
    {
        using (var run = RunFolder.Create(folder["whole"], recipe)) new Pipeline(recipe, run, new Stopper(null)).Execute(CancellationToken.None);
        for (int step = 1; step < Steps; step++)
        {
            using var run = RunFolder.Resume(folder["stopped"], recipe);
            using var stopper = new Stopper(step);
            Should.Throw<OperationCanceledException>(() => new Pipeline(recipe, run, stopper).Execute(stopper.Token));
        }
        using (var run = RunFolder.Resume(folder["stopped"], recipe)) new Pipeline(recipe, run, new Stopper(null)).Execute(CancellationToken.None);

        File.ReadAllBytes(folder["stopped/models/s/model.safetensors"]).ShouldBe(File.ReadAllBytes(folder["whole/models/s/model.safetensors"]));
        Metrics("stopped").ShouldBe(Metrics("whole"));
        Metrics("whole").Count.ShouldBe(Steps);
        string manifest = File.ReadAllText(folder["whole/manifest.json"]);
        manifest.ShouldContain("row-5");
        manifest.ShouldContain("row-3");
        File.ReadAllText(folder["stopped/manifest.json"]).ShouldBe(manifest);
    }

    [Fact]
    public void Any_position_is_gone_on_from_with_the_same_samples()
    {
        using var datasets = new Datasets(recipe, _ => { });
        using var run = RunFolder.Create(folder["run"], recipe);
        var stage = recipe.Stages[0];
        var data = new StageData(StageSource.Of(stage, datasets, recipe.Seed), RunEncoding.Prepare(recipe, run, datasets));
        var whole = Batches(0, 20);
        foreach (int done in (int[])[1, 4, 11]) Batches(whole[done - 1].Position, 20 - done).Select(Shown).ShouldBe(whole.Skip(done).Select(Shown));
        whole.ShouldContain(batch => batch.Skipped.Any(skipped => skipped.Broken));
        whole.ShouldContain(batch => batch.Skipped.Any(skipped => !skipped.Broken));
        whole.ShouldContain(batch => batch.MicroBatches.Any(micro => micro.Sequences.Rows < micro.SampleIds.Count));

        List<LoadedBatch> Batches(long position, int count)
        {
            var plan = new BatchPlan { BatchSize = 6, MicroBatchSize = 3, MaxLength = 120, TokensPerImage = 4, Packed = true, Grouped = true, Seed = "3/talk+scenes" };
            using var loader = new BatchLoader(data, plan, position, cores: 4);
            return [.. Enumerable.Range(0, count).Select(_ => loader.Next())];
        }

        static string Shown(LoadedBatch batch) =>
            $"{batch.Position}: {string.Join(' ', batch.MicroBatches.SelectMany(micro => micro.SampleIds))} without {string.Join(' ', batch.Skipped.Select(skipped => skipped.Id))}";
    }

    private List<string> Metrics(string run) => [.. File.ReadLines(folder[$"{run}/metrics.jsonl"]).Select(line =>
    {
        var step = JsonNode.Parse(line)!.AsObject();
        step.Remove("seconds");
        step.Remove("data_wait");
        return step.ToJsonString();
    })];

    private sealed class Stopper(int? after) : SilentObserver, IDisposable
    {
        private readonly CancellationTokenSource source = new();

        public CancellationToken Token => source.Token;

        public override void Step(StepResult result, double seconds)
        {
            if (result.Step == after) source.Cancel();
        }

        public void Dispose() => source.Dispose();
    }
}
