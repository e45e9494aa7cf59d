using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>
/// Preference losses over an accumulated batch of pairs. A loss whose pairs stand alone is summed micro-batch by micro-batch. One that compares
/// them with each other is computed once over all pairs, from log-probabilities gathered without gradient; each micro-batch then carries its own
/// share of that loss's gradient, which is exact (gradient caching, Gao et al. 2021).
/// </summary>
/// <param name="count">Pairs of the whole batch.</param>
/// <param name="beta">The scale of the rewards.</param>
internal sealed class PairStatistics(int count, double beta)
{
    private readonly List<float>[] gathered = [[], [], [], []]; // in the order of PreferenceLogProbabilities
    private readonly Dictionary<PreferenceObjective, Solution> solutions = [];
    private double chosenReward;
    private double rejectedReward;
    private double correct;

    /// <summary>Pairs of the whole batch.</summary>
    public int Count => count;

    /// <summary>Means over the pairs seen; complete at the end of the step.</summary>
    public PreferenceMetrics Metrics => new(chosenReward / count, rejectedReward / count, correct / count);

    private bool IsGathered => gathered[0].Count > 0;

    /// <summary>Keeps the log-probabilities of one micro-batch for losses over the whole; false where one of them is not finite.</summary>
    public bool Gather(PreferenceLogProbabilities pairs)
    {
        Tensor[] parts = [pairs.PolicyChosen, pairs.PolicyRejected, pairs.ReferenceChosen, pairs.ReferenceRejected];
        float[][] values = [.. parts.Select(part => part.ToArray<float>())];
        for (int i = 0; i < values.Length; i++) gathered[i].AddRange(values[i]);
        return values.All(part => part.All(float.IsFinite));
    }

    /// <summary>The reference's log-probabilities of a micro-batch whose first pair is the batch's n-th, where they have been gathered.</summary>
    public (Tensor Chosen, Tensor Rejected)? Reference(int first, int rows, Device device) =>
        IsGathered ? (Part(gathered[2], first, rows, device), Part(gathered[3], first, rows, device)) : null;

    /// <summary>A micro-batch's part of a loss; its gradient is that of the mean over the whole batch.</summary>
    public Tensor Loss(PreferenceObjective objective, PreferenceLogProbabilities pairs, int first)
    {
        int rows = (int)pairs.PolicyChosen.Elements;
        double share = (double)rows / count;
        if (!IsGathered || !objective.UsesBatchStatistics) return objective.Losses(pairs).Mean() * share;
        Solution? solution;
        lock (solutions) // micro-batches may run side by side
        {
            if (!solutions.TryGetValue(objective, out solution)) solutions[objective] = solution = Solve(objective);
        }
        var device = pairs.PolicyChosen.Device;
        var carrier = (pairs.PolicyChosen * Part(solution.ChosenGradient, first, rows, device)).Sum()
            + (pairs.PolicyRejected * Part(solution.RejectedGradient, first, rows, device)).Sum();
        // The carrier has the right gradient; shift its value so that the parts add up to the loss.
        return carrier - carrier.Detach() + solution.Loss * share;
    }

    /// <summary>Counts a micro-batch's rewards.</summary>
    public void Add(PreferenceLogProbabilities pairs)
    {
        using var scope = new TensorScope();
        var rewards = PreferenceRewards.Of(pairs, beta);
        var sums = Shaping.Stack([rewards.Chosen.Sum(), rewards.Rejected.Sum(), rewards.Accuracies.Sum()]).ToArray<double>();
        chosenReward += sums[0];
        rejectedReward += sums[1];
        correct += sums[2];
    }

    private static Tensor Part(IReadOnlyCollection<float> values, int first, int rows, Device device) =>
        Tensor.From(values.Skip(first).Take(rows).ToArray(), rows).To(device);

    private Solution Solve(PreferenceObjective objective)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.On();
        var parts = gathered.Select(values => Tensor.From(values.ToArray(), values.Count)).ToArray();
        parts[0].RequireGrad();
        parts[1].RequireGrad();
        var loss = objective.Losses(new PreferenceLogProbabilities(parts[0], parts[1], parts[2], parts[3])).Mean();
        var gradients = Gradients.Of(loss, [parts[0], parts[1]]);
        return new Solution(loss.Item<double>(), Values(gradients[0]), Values(gradients[1]));

        float[] Values(Tensor? gradient) => gradient?.ToArray<float>() ?? new float[count];
    }

    private sealed record Solution(double Loss, float[] ChosenGradient, float[] RejectedGradient);
}
