namespace LlavaMod.Cli.Tests.Runs;

/// <summary>Training with a connector that gives a picture a number of tokens of its own.</summary>
[Collection(TinyRunCollection.Name)]
public sealed class ResamplerRunTests(TinyRun run) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-resampler-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<Outcome> Train(int queries, string teaching)
    {
        var recipe = Path.Combine(folder, "recipe.yaml");
        File.WriteAllText(recipe, $$"""
            name: resampled
            models:
              teacher: {path: {{run.Model("train-teacher")}}}
              student:
                language: {model_type: llama, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 256}
                vision: {from: teacher}
                connector: {name: resampler, num_queries: {{queries}}, num_heads: 2}
            data:
              scenes: {format: world, count: 6, seed: 2, content: captions}
            stages:
              - {name: s, model: student, train: [connector, language], data: [scenes], {{teaching}}, learning_rate: 1e-3, steps: 2, batch_size: 4, max_length: 256}
            """);
        return await Cli.RunApart("train", recipe, "--out", Path.Combine(folder, "run"));
    }

    [Theory]
    [InlineData(3, "objectives: [{name: cross-entropy}]")]
    [InlineData(4, "teacher: teacher, objectives: [{name: forward-kl, scope: {response: 1, visual: 1}}]")]
    public async Task A_student_learns_with_its_own_number_of_tokens(int queries, string teaching)
    {
        var outcome = await Train(queries, teaching);
        outcome.Code.ShouldBe(0, outcome.Error);
        Cli.Run("inspect", Path.Combine(folder, "run", "models", "s")).Output.ShouldContain($"connector  resampler, {queries} tokens an image");
    }

    [Fact]
    public async Task A_teacher_of_another_number_of_tokens_is_refused()
    {
        var outcome = await Train(3, "teacher: teacher, objectives: [{name: forward-kl}]");
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldContain("a picture takes 3 tokens in the student and 4 in the model that it learns from");
    }
}
