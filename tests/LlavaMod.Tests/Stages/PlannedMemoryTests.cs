using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Stages.Planning;

namespace LlavaMod.Tests.Stages;

/// <summary>Bytes of tensors are counted for the whole process, in which nothing else runs meanwhile.</summary>
[Collection(OneAtATime.Name)]
public sealed class PlannedMemoryTests : IDisposable
{
    private const string Text = """
        name: planned
        precision: fp32
        tokenizer: {train: [words], vocab_size: 320}
        template: {name: qwen, system: ""}
        models:
          teacher:
            language: {hidden_size: 96, intermediate_size: 192, num_hidden_layers: 2, num_attention_heads: 4, tie_word_embeddings: true}
            vision: {hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 2, patch_size: 14, image_size: 56}
            connector: mlp2x_gelu
          student:
            language: {hidden_size: 64, intermediate_size: 160, num_hidden_layers: 3, num_attention_heads: 4, num_key_value_heads: 2, tie_word_embeddings: true}
            vision: {from: teacher}
            connector: mlp2x_gelu
        data:
          words: {format: world, count: 16, seed: 1, content: text}
          scenes: {format: world, count: 16, seed: 2, content: questions}
          pairs: {format: world, count: 16, seed: 3, content: preference}
        evaluation: null
        stages:
          - {name: lessons, model: teacher, train: [connector, language], data: [scenes], objectives: [{name: cross-entropy}], learning_rate: 1e-3, steps: 2, batch_size: 16, micro_batch_size: 8}
          - {name: words, model: student, train: [language], data: [words], objectives: [{name: cross-entropy}], learning_rate: 1e-3, steps: 2, batch_size: 16, micro_batch_size: 8}
          - {name: init, model: student, train: [connector], data: [scenes], objectives: [{name: cross-entropy}], learning_rate: 1e-3, steps: 2, batch_size: 8}
          - {name: d2d, model: student, teacher: teacher, train: [connector, language], data: [scenes], objectives: [{name: forward-kl}], learning_rate: 1e-3, steps: 2, batch_size: 16, micro_batch_size: 8}
          - {name: d2s, model: student, teacher: teacher, upcycle: {num_experts: 4, top_k: 2, placement: every_other}, train: [connector, ffn, experts, routers], data: [scenes], objectives: [{name: forward-kl}, {name: cross-entropy}, {name: load-balance, weight: 0.01}], learning_rate: 1e-3, steps: 2, batch_size: 16, micro_batch_size: 8}
          - {name: preference, model: student, teacher: teacher, reference: teacher, train: [connector, ffn, experts, routers], data: [pairs], objectives: [{name: kto-pair}, {name: load-balance, weight: 0.01}], learning_rate: 1e-3, steps: 2, batch_size: 16, micro_batch_size: 8}
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData]
    [InlineData("stages.d2d.activation_checkpointing=true", "stages.d2s.activation_checkpointing=true", "stages.preference.activation_checkpointing=true")]
    [InlineData("models.student.language.tie_word_embeddings=false", "models.student.language.num_key_value_heads=4", "stages.d2s.upcycle.residual=true")]
    [InlineData("stages.d2d.objectives=[{name: reverse-kl}]", "stages.d2s.batch_size=8", "stages.d2d.batch_size=8", "stages.words.batch_size=8")]
    [InlineData("stages.words.packing=true", "stages.d2d.packing=true", "stages.d2s.packing=true")]
    [InlineData("precision=bf16")]
    public void A_plan_tells_the_memory_of_every_stage(params string[] settings)
    {
        var recipe = new RecipeLoader(LibraryParts.All).Load(folder.Write("recipe.yaml", Text), settings);
        Dictionary<string, double> planned;
        using (var plan = new RecipePlan(recipe, _ => { })) planned = plan.Stages().ToDictionary(stage => stage.Name, stage => stage.Memory.Total);
        var peaks = new Peaks();
        using (var run = RunFolder.Create(folder["run"], recipe)) new Pipeline(recipe, run, peaks).Execute(CancellationToken.None);
        peaks.Measured.Keys.ShouldBe(planned.Keys, ignoreOrder: true);
        foreach (var (stage, bytes) in peaks.Measured) (planned[stage] / bytes).ShouldBeInRange(0.85, 1.15, $"{stage}: {planned[stage]:N0} planned, {bytes:N0} taken");
    }

    private sealed class Peaks : SilentObserver
    {
        public Dictionary<string, long> Measured { get; } = [];

        public override void StageFinished(string stage, long peakMemory) => Measured[stage] = peakMemory;
    }
}
