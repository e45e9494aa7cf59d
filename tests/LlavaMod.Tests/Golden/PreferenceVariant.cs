using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>Preference objectives by the names that TRL and LLaVA-MoD give them, and their comparison on given log-probabilities.</summary>
internal static partial class PreferenceVariant
{
    private static readonly string[] Inputs = ["policy_chosen", "policy_rejected", "ref_chosen", "ref_rejected"];

    /// <summary>From a variant's settings.</summary>
    public static PreferenceObjective Of(JsonElement settings) => Of(
        settings.GetProperty("loss_type").GetString()!, settings.Number("beta", 0.1), settings.Number("label_smoothing"), settings.Is("reference_free"));

    /// <summary>From a variant's name, such as <c>sigmoid_b0.3_ls0.1</c> or <c>sigmoid_b0.1_reffree</c>.</summary>
    public static PreferenceObjective Of(string name)
    {
        var match = Name().Match(name);
        if (!match.Success) throw new NotSupportedException($"variant {name}");
        double Number(string group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
        return Of(match.Groups["type"].Value, Number("beta"), match.Groups["smoothing"].Success ? Number("smoothing") : 0, match.Groups["free"].Success);
    }

    /// <summary>Compares losses, rewards and gradients at <paramref name="outputs"/> for the log-probabilities at <paramref name="inputs"/>.</summary>
    public static void Compare(GoldenTensors golden, PreferenceObjective objective, string inputs, string outputs)
    {
        using var scope = new TensorScope();
        var given = Inputs.Select(input => golden[inputs + input].Clone()).ToArray();
        var pairs = new PreferenceLogProbabilities(given[0].RequireGrad(), given[1].RequireGrad(), given[2], given[3]);
        var losses = objective.Losses(pairs);
        golden.ShouldMatch($"{outputs}.losses", losses);
        var rewards = PreferenceRewards.Of(pairs, objective.Beta);
        golden.ShouldMatch($"{outputs}.chosen_rewards", rewards.Chosen);
        golden.ShouldMatch($"{outputs}.rejected_rewards", rewards.Rejected);
        losses.Mean().Backward();
        golden.ShouldMatch($"{outputs}.grad_policy_chosen", pairs.PolicyChosen.Grad()!);
        golden.ShouldMatch($"{outputs}.grad_policy_rejected", pairs.PolicyRejected.Grad()!);
    }

    /// <summary>From a loss's name and settings.</summary>
    public static PreferenceObjective Of(string type, double beta, double labelSmoothing = 0, bool referenceFree = false) => type switch
    {
        "sigmoid" => new DpoSigmoid(new() { Beta = beta, LabelSmoothing = labelSmoothing, ReferenceFree = referenceFree }),
        "hinge" => new DpoHinge(new() { Beta = beta }),
        "ipo" => new Ipo(new() { Beta = beta }),
        "kto_pair" => new KtoPair(new() { Beta = beta }),
        _ => throw new NotSupportedException($"loss_type {type}"),
    };

    [GeneratedRegex(@"^(?<type>[a-z_]+)_b(?<beta>[\d.]+)(_ls(?<smoothing>[\d.]+))?(?<free>_reffree)?$")]
    private static partial Regex Name();
}
