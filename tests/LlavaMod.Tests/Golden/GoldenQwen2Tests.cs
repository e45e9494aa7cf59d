using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Kind qwen2: a language model of transformers, with and without padding on either side. Padded positions are not compared: what stands
/// there depends on the attention kernel.
/// </summary>
public sealed class GoldenQwen2Tests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [GoldenTheory("qwen2")]
    [MemberData(nameof(GoldenCases.VariantsOf), "qwen2", MemberType = typeof(GoldenCases))]
    public void Logits_states_gradients_and_generated_tokens_are_those_of_transformers(string name, string variant)
    {
        string folder = GoldenCases.Open(name).Folder;
        using var golden = GoldenTensors.Open(folder);
        using var model = ModelFolder.Load(folder);
        if (golden.Contains($"out.{variant}.tokens")) CompareGeneration(golden, model, variant);
        else ComparePass(golden, model, $"in.{variant}.", $"out.{variant}.");
        golden.ShouldHaveComparedAll($"out.{variant}.");
    }

    private static void ComparePass(GoldenTensors golden, Llava model, string input, string output)
    {
        foreach (var parameter in model.AllParameters) parameter.Value.RequireGrad();
        var mask = golden.Find($"{input}attention_mask")?.NotEqual(0);
        var states = new List<Tensor>();
        var language = new LanguageInput(model.Language.Embed(golden[$"{input}input_ids"]), mask, golden.Find($"{input}position_ids"));
        var logits = model.Language.Logits(model.Language.Forward(language, new RoutingPass(), hiddenStates: states));

        if (golden.Contains($"{output}logits")) golden.ShouldMatch($"{output}logits", logits, mask);
        if (golden.Find($"{output}logits_last") is { } last)
        {
            golden.ShouldMatch($"{output}logits_last", logits.Narrow(1, logits.Size(1) - last.Size(1), last.Size(1)));
        }
        if (golden.Contains($"{output}hidden_states.0"))
        {
            for (int i = 0; i < states.Count; i++) golden.ShouldMatch($"{output}hidden_states.{i}", states[i], mask);
        }
        if (golden.Find($"{input}labels") is not { } labels) return;
        var loss = LanguageLoss.OfLogits(logits, labels);
        golden.ShouldMatch($"{output}loss", loss);
        loss.Backward();
        golden.ShouldMatchGradients($"{output}grad.", model);
    }

    private void CompareGeneration(GoldenTensors golden, Llava model, string variant)
    {
        var prompts = GoldenBatch.Read(golden, $"in.{variant}.", images: null);
        golden.ShouldMatchGeneration($"out.{variant}.", golden[$"in.{variant}.input_ids"], prompts, model, scope);
    }
}
