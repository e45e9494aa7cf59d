using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Stages.Planning;

namespace LlavaMod.Tests.Stages;

public sealed class RecipePlanTests : IDisposable
{
    private const string Text = """
        name: planned
        precision: fp32
        tokenizer: {train: [words], vocab_size: 300}
        template: {name: qwen, system: ""}
        models:
          m: {language: {hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2, num_attention_heads: 2, tie_word_embeddings: true}}
        data:
          words: {format: world, count: 50, content: text}
        stages:
          - {name: s, model: m, train: [language], data: [words], objectives: [{name: cross-entropy}], learning_rate: 1e-3, epochs: 2, batch_size: 8, micro_batch_size: 4}
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Operations_are_six_times_the_weights_for_each_token_and_what_attention_and_head_add()
    {
        var plan = Plan();
        // Weights of the layers: q, k, v, o of 64 x 64 with three biases, and three matrices of 64 x 96.
        double layers = 2 * (4 * 64 * 64 + 3 * 64 + 3 * 64 * 96);
        plan.Steps.ShouldBe(13);
        double row = plan.TokensPerStep / 8, body = plan.Tokens * (6 * layers + 12 * 2 * row * 64), head = plan.Tokens * 6 * 64 * 300;
        // Supervised positions only: the head, and the last layer but for its keys and values.
        double last = plan.Tokens * (6 * (2 * 64 * 64 + 64 + 3 * 64 * 96) + 12 * row * 64);
        plan.Flops.ShouldBeInRange(body - last, body + head);
        plan.Trained.ShouldBe(plan.Model.Total);
        plan.Seconds.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Half_precision_halves_weights_and_pays_in_optimiser_state()
    {
        MemoryPlan fp32 = Plan().Memory, bf16 = Plan("precision=bf16").Memory;
        bf16.Weights.ShouldBeLessThan(0.55 * fp32.Weights);
        bf16.Optimizer.ShouldBeGreaterThan(1.4 * fp32.Optimizer);
        fp32.Optimizer.ShouldBe(2 * fp32.Weights);
        fp32.Gradients.ShouldBe(fp32.Weights);
        (fp32.Others, fp32.Features).ShouldBe((0, 0));
    }

    [Fact]
    public void Micro_batches_and_recomputation_bound_activations()
    {
        var whole = Plan("stages.s.micro_batch_size=8");
        Plan().Memory.Activations.ShouldBe(whole.Memory.Activations / 2, 1);
        var sideBySide = Plan("stages.s.parallel_micro_batches=2");
        sideBySide.Memory.Activations.ShouldBe(whole.Memory.Activations, 1);
        sideBySide.Memory.Gradients.ShouldBe(3 * whole.Memory.Gradients);
        var deep = Plan("models.m.language.num_hidden_layers=8");
        var recomputed = Plan("models.m.language.num_hidden_layers=8", "stages.s.activation_checkpointing=true");
        recomputed.Memory.Activations.ShouldBeLessThan(0.5 * deep.Memory.Activations);
        recomputed.Flops.ShouldBeGreaterThan(1.2 * deep.Flops);
    }

    [Fact]
    public void What_does_not_fit_is_made_smaller_by_as_few_settings_as_are_enough()
    {
        const string Deep = "models.m.language.num_hidden_layers=8"; // of two layers, the last one stands whole while it is computed again
        using var plan = Open(Deep, "stages.s.parallel_micro_batches=2");
        double whole = plan.Stages().Single().Memory.Total;
        plan.ChangesToFit("s", whole).ShouldBeEmpty();
        plan.ChangesToFit("s", whole - 1).Single().Setting.ShouldBe("stages.s.parallel_micro_batches=1");

        var all = plan.ChangesToFit("s", 0);
        all.Select(change => change.Setting).ShouldBe(["stages.s.parallel_micro_batches=1", "stages.s.micro_batch_size=1", "stages.s.activation_checkpointing=true"]);
        all.Select(change => change.Bytes).ShouldBeInOrder(SortDirection.Descending);
        double smallest = Plan([Deep, .. all.Select(change => change.Setting)]).Memory.Total;
        all[^1].Bytes.ShouldBe(smallest, 1); // what is promised is what a plan with these settings says
    }

    private StagePlan Plan(params string[] settings)
    {
        using var plan = Open(settings);
        return plan.Stages().Single();
    }

    private RecipePlan Open(params string[] settings) => new(new RecipeLoader(LibraryParts.All).Load(folder.Write("recipe.yaml", Text), settings), _ => { });
}
