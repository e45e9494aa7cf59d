using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>Kind trl-dpo: TRL 0.8.6's DPO losses and batch log-probabilities.</summary>
public sealed class GoldenTrlDpoTests
{
    [GoldenTheory("trl-dpo")]
    [MemberData(nameof(GoldenCases.OfKind), "trl-dpo", MemberType = typeof(GoldenCases))]
    public void Losses_rewards_and_gradients_are_those_of_trl(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        var variants = golden.Parameters.GetProperty("variants").EnumerateObject().ToList();
        variants.ShouldNotBeEmpty();
        foreach (var variant in variants) PreferenceVariant.Compare(golden, PreferenceVariant.Of(variant.Value), "in.", $"out.{variant.Name}");
    }

    [GoldenTheory("trl-dpo")]
    [MemberData(nameof(GoldenCases.OfKind), "trl-dpo", MemberType = typeof(GoldenCases))]
    public void Sequence_log_probabilities_are_those_of_trl(string name)
    {
        using var scope = new TensorScope();
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        foreach (var (output, average) in new[] { ("out.batch_logps", false), ("out.batch_logps_avg", true) })
        {
            var logits = golden["in.logits"].Clone().RequireGrad();
            var sums = SequenceLogProbabilities.Of(logits, golden["in.labels"], average);
            golden.ShouldMatch(output, sums);
            sums.Sum().Backward();
            golden.ShouldMatch($"{output}.grad_logits", logits.Grad()!);
        }
    }
}
