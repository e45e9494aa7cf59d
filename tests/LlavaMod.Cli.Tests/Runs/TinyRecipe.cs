namespace LlavaMod.Cli.Tests.Runs;

/// <summary>The whole method at a size that takes seconds: teacher, words, init, d2d, d2s, preference and a control, on a dozen scenes.</summary>
internal static class TinyRecipe
{
    public const string Name = "tiny";

    public static readonly string[] Stages = ["train-teacher", "words", "init", "d2d", "d2s", "preference", "sft"];

    public static readonly string[] Models = ["teacher", "student-d2s", "student-preference", "student-sft"];

    // Batches of a number that does not divide the data, so that passes over it end within batches and pictures meet in ever new company.
    private const string Text = """
        name: tiny
        seed: 3
        precision: fp32
        tokenizer: {train: [words], vocab_size: 300}
        template: {name: qwen, system: ""}
        models:
          teacher:
            language: {hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 256, tie_word_embeddings: true}
            vision: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, patch_size: 28, image_size: 56, hidden_act: gelu}
            connector: mlp2x_gelu
          student:
            language: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, max_position_embeddings: 256, tie_word_embeddings: true}
            vision: {from: teacher}
            connector: linear
        data:
          words: {format: world, count: 12, seed: 1, content: text}
          scenes: {format: world, count: 11, seed: 2, content: mixed}
          pairs: {format: world, count: 9, seed: 3, content: preference}
        evaluation: {world: {count: 2, seed: 7}}
        stages:
          - {name: train-teacher, model: teacher, train: [vision, connector, language], data: [scenes], objectives: [{name: cross-entropy}], learning_rate: 3e-3, steps: 5, batch_size: 4, max_length: 256, save_every: 2, report_as: teacher}
          - {name: words, model: student, train: [language], data: [words], objectives: [{name: cross-entropy}], learning_rate: 3e-3, steps: 3, batch_size: 4, max_length: 256, save_every: 2}
          - {name: init, model: student, train: [connector], data: [scenes], objectives: [{name: cross-entropy}], learning_rate: 3e-3, steps: 3, batch_size: 4, max_length: 256, save_every: 2}
          - {name: d2d, model: student, teacher: teacher, train: [connector, language], data: [scenes], objectives: [{name: forward-kl}], learning_rate: 3e-3, steps: 5, batch_size: 4, micro_batch_size: 2, parallel_micro_batches: 2, max_length: 256, save_every: 2}
          - {name: d2s, model: student, teacher: teacher, upcycle: {num_experts: 4, top_k: 2}, train: [connector, ffn, experts, routers], data: [scenes], objectives: [{name: forward-kl}, {name: cross-entropy}, {name: load-balance, weight: 0.01}], learning_rate: 3e-3, steps: 5, batch_size: 4, max_length: 256, save_every: 2, report_as: student-d2s}
          - {name: preference, model: student, teacher: teacher, reference: teacher, train: [connector, ffn, experts, routers], data: [pairs], objectives: [{name: kto-pair}, {name: forward-kl}], learning_rate: 1e-3, steps: 4, batch_size: 4, micro_batch_size: 2, parallel_micro_batches: 2, max_length: 256, save_every: 2, report_as: student-preference}
          - {name: sft, model: student, start: init, train: [connector, language], data: [scenes], objectives: [{name: cross-entropy}], learning_rate: 3e-3, steps: 5, batch_size: 4, max_length: 256, save_every: 2, report_as: student-sft}
        """;

    /// <summary>Writes the recipe into a folder, with a replacement where a test wants something else.</summary>
    public static string Write(string folder, string old = "", string replacement = "")
    {
        var path = Path.Combine(folder, $"{Name}.yaml");
        if (old.Length > 0) Text.ShouldContain(old);
        File.WriteAllText(path, old.Length > 0 ? Text.Replace(old, replacement) : Text);
        return path;
    }
}
