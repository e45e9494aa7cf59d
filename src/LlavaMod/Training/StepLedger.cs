using LlavaMod.Data;
using LlavaMod.Models.Experts;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;

namespace LlavaMod.Training;

/// <summary>Adds up what one step's micro-batches report: losses by objective, gradient shares, expert loads.</summary>
internal sealed class StepLedger(IReadOnlyList<WeightedObjective> objectives, PairStatistics? pairs, bool measure)
{
    public const string Advice = "Nothing was updated; lower the learning rate, clip gradients, or look at these samples";

    private readonly Dictionary<string, double> losses = objectives.ToDictionary(objective => objective.Name, _ => 0.0);
    private readonly RoutingStatistics statistics = new();
    private Dictionary<string, double>? shares;
    private bool observed;

    /// <summary>Whether no micro-batch has had a term.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Whether this step compares the objectives' gradients and looks at where tokens are sent.</summary>
    public bool Measures => measure;

    /// <summary>Books what a micro-batch found, and refuses values that are not finite.</summary>
    public void Add(MicroBatchLoss loss, MicroBatch micro, int step)
    {
        IsEmpty = false;
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var values = Shaping.Cat([.. loss.Parts.Select(part => part.Values.Detach().To(DType.Float64).Reshape(-1))]).ToArray<double>(); // one wait for the device
        string[] names = [.. loss.Parts.SelectMany(part => part.Objectives, (_, objective) => objective.Name)];
        for (int i = 0; i < values.Length; i++)
        {
            string name = names[i];
            if (!double.IsFinite(values[i]))
            {
                throw new TrainingFailedException($"step {step + 1}: {name} is {values[i]}; samples {string.Join(", ", micro.SampleIds.Take(8))}. {Advice}");
            }
            losses[name] += values[i];
        }
        if (loss.Answers is { } answers) pairs!.Add(answers);
        if (measure) Observe(loss.Routing, micro.Sequences);
    }

    // Looks at where tokens were sent.
    private void Observe(RoutingPass routing, SplicedBatch batch)
    {
        if (routing.Layers.Count == 0) return;
        observed = true;
        using var scope = new TensorScope();
        var visual = Tensor.From(Array.ConvertAll(batch.Kinds, kind => kind == TokenKind.Visual), batch.Kinds.Length);
        statistics.Add(routing, visual.To(routing.Layers[0].Experts.Device));
    }

    /// <summary>Differentiates a micro-batch's loss; on a measured step the first one's objectives one by one, to compare their gradients.</summary>
    public void Backward(MicroBatchLoss loss, AdamW optimizer)
    {
        var apart = measure && shares is null ? loss.ByObjective() : [];
        if (apart.Count > 1)
        {
            shares = GradientShares.Measure(apart, optimizer);
        }
        else
        {
            loss.Total().Backward();
            optimizer.AccumulateGradients();
        }
    }

    public StepResult Result(int step, double norm, double rate, int tokens) => new()
    {
        Step = step,
        Loss = objectives.Sum(objective => objective.Weight * losses[objective.Name]),
        Objectives = losses,
        Shares = shares,
        GradientNorm = norm,
        LearningRate = rate,
        Tokens = tokens,
        Preference = pairs?.Metrics,
        Experts = observed ? statistics.Report() : null,
    };
}
