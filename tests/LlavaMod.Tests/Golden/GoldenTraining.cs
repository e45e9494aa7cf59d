using System.Globalization;
using System.Text.RegularExpressions;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;
using LlavaMod.Training;

namespace LlavaMod.Tests.Golden;

/// <summary>One golden training run: our trainer over the case's models, batches, routing noise and settings.</summary>
internal sealed partial class GoldenTraining : IDisposable
{
    private readonly GoldenCase found;
    private readonly Llava student;
    private readonly Llava teacher;
    private readonly VisionFeatures vision = new();
    private readonly List<Parameter> trained;
    private readonly FrozenWeights frozen;
    private readonly AdamW optimizer;
    private readonly Trainer trainer;
    private int current;

    public GoldenTraining(GoldenCase found)
    {
        this.found = found;
        Golden = GoldenTensors.Open(found.Folder);
        student = found.OpenModel("student");
        teacher = found.OpenModel("teacher");
        var names = Setting("trainable").EnumerateArray().Select(name => new LlavaModLayout().ToOurs(name.GetString()!)).ToHashSet();
        trained = [.. student.AllParameters.Where(parameter => names.Contains(parameter.Name))];
        trained.Count.ShouldBe(names.Count);
        foreach (var parameter in trained) parameter.Value.RequireGrad();
        frozen = new FrozenWeights(student.AllParameters.Except(trained));

        double[] settings = Optimizer(Setting("optimizer").GetString()!);
        var group = new ParameterGroup([.. trained.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))], settings[3]);
        optimizer = new AdamW([group], (settings[0], settings[1]), settings[2]);
        trainer = new Trainer(
            student, IsPreference ? null : teacher, IsPreference ? teacher : null, [.. IsPreference ? PreferenceObjectives() : MimicObjectives()], optimizer,
            new LearningRateSchedule(Torch.Optim.ScheduleKind.Cosine, Setting("lr").GetDouble(), Steps, Setting("warmup_steps").GetInt32()), vision,
            new TrainerOptions { SecondExpertNoise = Noise(0) });
    }

    public GoldenTensors Golden { get; }

    public int Steps => Setting("steps").GetInt32();

    private bool IsPreference => Setting("kind").GetString() == "dpo";

    private bool IsSparse => student.Config.Experts is not null;

    private double BalanceWeight => IsSparse ? found.BalanceWeight("student_config.json") : 0;

    private System.Text.Json.JsonElement Setting(string name) => found.Parameters.GetProperty(name);

    // "AdamW betas (0.9,0.999) eps 1e-8 weight_decay 0, no gradient clipping"
    private static double[] Optimizer(string text) => AdamWSettings().Match(text) is { Success: true } match
        ? [.. match.Groups.Values.Skip(1).Select(group => double.Parse(group.Value, CultureInfo.InvariantCulture))]
        : throw new NotSupportedException($"optimizer {text}");

    [GeneratedRegex(@"^AdamW betas \(([\d.]+), ?([\d.]+)\) eps ([\d.e-]+) weight_decay ([\d.e-]+), no gradient clipping$")]
    private static partial Regex AdamWSettings();

    // LLaVA-MoD adds the balance loss to the sum, and a sparse student's language-modelling loss holds it once more.
    private IEnumerable<WeightedObjective> MimicObjectives()
    {
        string type = Setting("loss_type").GetString()!;
        double language = type switch { "only_kd" => 0, "kd_lm" => 1, _ => throw new NotSupportedException($"loss_type {type}") };
        var scope = new ValueMap<double>(KeyValuePair.Create(found.Parameters.Is("all") ? "all" : "response", 1.0));
        yield return new WeightedObjective("align", new ForwardKl(new() { Reference = true, Scope = scope }), 1);
        yield return new WeightedObjective("lm", new CrossEntropy(new()), language);
        if (IsSparse) yield return new WeightedObjective("balance", new LoadBalance(new() { Reference = true }), BalanceWeight * (1 + language));
    }

    private IEnumerable<WeightedObjective> PreferenceObjectives()
    {
        yield return new WeightedObjective(
            "reward", PreferenceVariant.Of(Setting("loss_type").GetString()!, Setting("beta_dpo").GetDouble()), 1);
        if (IsSparse) yield return new WeightedObjective("balance", new LoadBalance(new() { Reference = true }), BalanceWeight);
    }

    // Noise of the step's sparse layers in the order of their calls, counted from one of them.
    private Func<int, Tensor?>? Noise(int first) =>
        Setting("noise").GetString() == "record" ? layer => Golden[$"in.step{current}.gumbel.{first + layer}"] : null;

    private MicroBatch Batch(int step)
    {
        string input = $"in.step{step}.";
        var rows = GoldenBatch.Read(Golden, IsPreference ? $"{input}chosen_" : input, $"{input}images");
        var rejected = IsPreference ? Splice(GoldenBatch.Read(Golden, $"{input}rejected_", $"{input}images")) : null;
        return new MicroBatch([.. rows.Samples.Select(sample => sample.Id)], Splice(rows), rejected, rows.Images);
    }

    private SplicedBatch Splice(GoldenBatch batch) =>
        Splicer.Splice(batch.Samples, new SpliceOptions { TokensPerImage = student.TokensPerImage, ReferencePositions = true });

    /// <summary>Compares the gradients that a step starts from, where they are stored.</summary>
    public void CompareGradients(int step)
    {
        if (!Golden.Names.Any(name => name.StartsWith($"out.step{step}.grad.", StringComparison.Ordinal))) return;
        current = step;
        trainer.Accumulate([Batch(step)]);
        Golden.ShouldMatchGradients($"out.step{step}.grad.", student);
        optimizer.ZeroGradients();
    }

    /// <summary>Takes a step: the metrics in the order of the case, and the learning rate.</summary>
    public (Tensor Metrics, double Rate) Step(int step)
    {
        current = step;
        var batch = Batch(step);
        var metrics = IsPreference ? AnswerMetrics(batch) : [];
        var result = trainer.Step([batch]);
        double balance = IsSparse ? BalanceWeight * result.Objectives["balance"] : 0;
        metrics["loss"] = result.Loss;
        metrics["loss/moe_balance"] = IsSparse ? balance : -1;
        if (result.Preference is { } preference)
        {
            metrics["loss/reward"] = result.Objectives["reward"];
            metrics["rewards/chosen"] = preference.ChosenReward;
            metrics["rewards/rejected"] = preference.RejectedReward;
            metrics["rewards/accuracies"] = preference.Accuracy;
            metrics["rewards/margins"] = preference.Margin;
        }
        else
        {
            metrics["loss/align"] = result.Objectives["align"];
            metrics["loss/lm"] = result.Objectives["lm"] + balance;
        }
        double[] values = [.. Setting("metrics_order").EnumerateArray().Select(name => metrics[name.GetString()!])];
        return (Tensor.From(values, values.Length), result.LearningRate);
    }

    // What LLaVA-MoD logs of the answers beside the loss, of the model as the step finds it.
    private Dictionary<string, double> AnswerMetrics(MicroBatch batch)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var features = vision.Of(student.Tower, batch.Images, trained: false);
        var routing = new RoutingPass { Training = true, SecondExpertNoise = Noise(0) };
        var chosen = PreferencePass.LogProbabilities(student, batch.Sequences, features, routing);
        var rejected = PreferencePass.LogProbabilities(
            student, batch.Rejected!, features, new RoutingPass { Training = true, SecondExpertNoise = Noise(routing.Layers.Count) });
        var labels = Tensor.From(batch.Sequences.Labels, batch.Sequences.Rows, batch.Sequences.Length);
        return new Dictionary<string, double>
        {
            ["loss/policy_chosen"] = LanguageLoss.Of(chosen, labels).Item<double>()
                + routing.Layers.Sum(layer => layer.BalanceLoss().Item<double>()) * BalanceWeight,
            ["logps/chosen"] = chosen.Mean().Item<double>(),
            ["logps/rejected"] = rejected.Mean().Item<double>(),
        };
    }

    /// <summary>Compares the trained parameters with the stored ones, and sees that the others have not moved.</summary>
    public void CompareWeights()
    {
        foreach (string name in Golden.Names.Where(name => name.StartsWith("out.after.", StringComparison.Ordinal)))
        {
            string ours = new LlavaModLayout().ToOurs(name["out.after.".Length..]);
            Golden.ShouldMatch(name, trained.Single(parameter => parameter.Name == ours).Value);
        }
        frozen.Verify(student.AllParameters, found.Folder);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        vision.Dispose();
        teacher.Dispose();
        student.Dispose();
        Golden.Dispose();
    }
}
