using System.Text.Json;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Kind distill-dpo: LLaVA-MoD's DPOTrainer. Its total is the mean preference loss plus the balance losses of the chosen and of the rejected
/// pass.
/// </summary>
public sealed class GoldenPreferenceTests
{
    private const string Losses = ".losses";

    [GoldenTheory("distill-dpo")]
    [MemberData(nameof(GoldenCases.OfKind), "distill-dpo", MemberType = typeof(GoldenCases))]
    public void Losses_rewards_and_gradients_on_given_log_probabilities_are_those_of_the_reference(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        var outputs = golden.Names.Where(output => output.StartsWith("out.dpo_") && output.EndsWith(Losses))
            .Select(output => output[..^Losses.Length]).ToList();
        outputs.ShouldNotBeEmpty();
        foreach (string output in outputs) // out.dpo_SET.VARIANT
        {
            var parts = output.Split('.', 3);
            PreferenceVariant.Compare(golden, PreferenceVariant.Of(parts[2]), $"in.logps_{parts[1]["dpo_".Length..]}.", output);
        }
    }

    [GoldenTheory("distill-dpo")]
    [MemberData(nameof(GoldenCases.OfKind), "distill-dpo", MemberType = typeof(GoldenCases))]
    public void Sequence_log_probabilities_are_those_of_the_reference(string name)
    {
        using var scope = new TensorScope();
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        foreach (string side in (string[])["chosen", "rejected"])
        {
            var (logits, labels) = (golden[$"in.full.policy_{side}_logits"], golden[$"in.full.{side}_labels"]);
            golden.ShouldMatch($"out.full.logps_{side}", SequenceLogProbabilities.Of(logits, labels));
            golden.ShouldMatch($"out.full.logps_{side}_avg", SequenceLogProbabilities.Of(logits, labels, average: true));
        }
    }

    [GoldenTheory("distill-dpo")]
    [MemberData(nameof(GoldenCases.OfKind), "distill-dpo", MemberType = typeof(GoldenCases))]
    public void The_total_its_metrics_and_its_gradients_are_those_of_the_reference(string name)
    {
        using var golden = GoldenTensors.Open(GoldenCases.Open(name).Folder);
        var variants = golden.Parameters.GetProperty("variants").EnumerateObject().ToList();
        variants.ShouldNotBeEmpty();
        foreach (var variant in variants)
        {
            using var scope = new TensorScope();
            CompareTotal(golden, $"out.full.{variant.Name}", variant.Value);
        }
    }

    private static void CompareTotal(GoldenTensors golden, string output, JsonElement settings)
    {
        var objective = PreferenceVariant.Of(settings);
        bool sparse = settings.Is("moe_enable"), balanced = sparse && settings.Is("moe_loss_enable");
        Tensor Variable(string input) => golden[$"in.full.{input}"].Clone().RequireGrad();
        var (chosen, rejected) = (Variable("policy_chosen_logits"), Variable("policy_rejected_logits"));
        var (ofChosen, ofRejected) = (Variable("moe_chosen"), Variable("moe_rejected"));
        var (chosenLabels, rejectedLabels) = (golden["in.full.chosen_labels"], golden["in.full.rejected_labels"]);
        var pairs = new PreferenceLogProbabilities(
            SequenceLogProbabilities.Of(chosen, chosenLabels), SequenceLogProbabilities.Of(rejected, rejectedLabels),
            SequenceLogProbabilities.Of(golden["in.full.ref_chosen_logits"], chosenLabels),
            SequenceLogProbabilities.Of(golden["in.full.ref_rejected_logits"], rejectedLabels));

        var reward = objective.Losses(pairs).Mean();
        var balance = ofChosen + ofRejected;
        var loss = balanced ? reward + balance : reward;
        golden.ShouldMatch($"{output}.loss", loss);

        var rewards = PreferenceRewards.Of(pairs, objective.Beta);
        var metrics = new Dictionary<string, Tensor>
        {
            ["loss"] = loss,
            ["loss/reward"] = reward,
            ["loss/moe_balance"] = balanced ? balance : Create.Scalar(-1),
            ["loss/policy_chosen"] = LanguageLoss.Of(pairs.PolicyChosen, chosenLabels) is var language && sparse ? language + ofChosen : language,
            ["rewards/chosen"] = rewards.Chosen.Mean(),
            ["rewards/rejected"] = rewards.Rejected.Mean(),
            ["rewards/accuracies"] = rewards.Accuracies.Mean(),
            ["rewards/margins"] = rewards.Margins.Mean(),
            ["logps/chosen"] = pairs.PolicyChosen.Mean(),
            ["logps/rejected"] = pairs.PolicyRejected.Mean(),
        };
        var order = golden.Parameters.GetProperty("metrics_order").EnumerateArray().Select(metric => metrics[metric.GetString()!]).ToArray();
        golden.ShouldMatch($"{output}.metrics", Shaping.Stack(order));

        loss.Backward();
        golden.ShouldMatch($"{output}.grad_chosen_logits", chosen.Grad()!);
        golden.ShouldMatch($"{output}.grad_rejected_logits", rejected.Grad()!);
        if (golden.Contains($"{output}.grad_moe")) golden.ShouldMatch($"{output}.grad_moe", Shaping.Stack([ofChosen.Grad()!, ofRejected.Grad()!]));
    }
}
