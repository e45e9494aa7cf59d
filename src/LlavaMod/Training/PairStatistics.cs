using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>
/// Preference losses over an accumulated batch of pairs. A loss whose pairs stand alone is summed micro-batch by micro-batch. One that compares
/// them with each other is computed once over all pairs, from log-probabilities gathered without gradient; each micro-batch then carries its own
/// share of that loss's gradient, which is exact (gradient caching, Gao et al. 2021).
/// </summary>
internal sealed class PairStatistics(int count)
{
    private const double MetricBeta = 0.1;

    private readonly List<float[]> gathered = [];
    private readonly Dictionary<PreferenceObjective, (double Loss, float[] ChosenGradient, float[] RejectedGradient)> whole = [];
    private int done;
    private double chosenReward;
    private double rejectedReward;
    private double correct;

    /// <summary>Pairs of the whole batch.</summary>
    public int Count => count;

    /// <summary>Means over the pairs seen; complete at the end of the step.</summary>
    public PreferenceMetrics Metrics => new(chosenReward / count, rejectedReward / count, correct / count);

    /// <summary>Keeps the log-probabilities of one micro-batch for losses over the whole.</summary>
    public void Gather(Tensor policyChosen, Tensor policyRejected, (Tensor Chosen, Tensor Rejected) reference)
    {
        float[][] parts = [policyChosen.ToArray<float>(), policyRejected.ToArray<float>(), reference.Chosen.ToArray<float>(), reference.Rejected.ToArray<float>()];
        if (gathered.Count == 0) gathered.AddRange(parts);
        else for (int i = 0; i < parts.Length; i++) gathered[i] = [.. gathered[i], .. parts[i]];
    }

    /// <summary>The next micro-batch's part of a loss; its gradient is that of the mean over the whole batch.</summary>
    public Tensor Loss(PreferenceObjective objective, Tensor policyChosen, Tensor policyRejected, Func<(Tensor Chosen, Tensor Rejected)> reference)
    {
        int rows = (int)policyChosen.Elements;
        if (gathered.Count == 0 || !objective.UsesBatchStatistics)
        {
            var (chosen, rejected) = reference();
            Count_(policyChosen, policyRejected, chosen, rejected);
            var losses = objective.Losses(new PreferenceLogProbabilities(policyChosen, policyRejected, chosen, rejected));
            double share = (double)rows / count / losses.Elements;
            return losses.Sum() * share;
        }
        if (!whole.TryGetValue(objective, out var solved)) whole[objective] = solved = Solve(objective);
        var device = policyChosen.Device;
        var chosenGradient = Tensor.From(solved.ChosenGradient.AsSpan(done, rows), rows).To(device);
        var rejectedGradient = Tensor.From(solved.RejectedGradient.AsSpan(done, rows), rows).To(device);
        Count_(policyChosen, policyRejected, Slice(2, rows, device), Slice(3, rows, device));
        done += rows;
        var carrier = (policyChosen * chosenGradient).Sum() + (policyRejected * rejectedGradient).Sum();
        // The carrier has the right gradient; shift its value so that the parts add up to the loss.
        return carrier - carrier.Detach() + solved.Loss * rows / count;
    }

    private Tensor Slice(int part, int rows, Device device) => Tensor.From(gathered[part].AsSpan(done, rows), rows).To(device);

    private (double, float[], float[]) Solve(PreferenceObjective objective)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.On();
        var parts = gathered.Select(values => Tensor.From(values, values.Length)).ToArray();
        parts[0].RequireGrad();
        parts[1].RequireGrad();
        var loss = objective.Losses(new PreferenceLogProbabilities(parts[0], parts[1], parts[2], parts[3])).Mean();
        var gradients = Gradients.Of(loss, [parts[0], parts[1]]);
        return (loss.Item<double>(), Values(gradients[0], parts[0]), Values(gradients[1], parts[1]));

        static float[] Values(Tensor? gradient, Tensor input) => gradient?.ToArray<float>() ?? new float[input.Elements];
    }

    private void Count_(Tensor policyChosen, Tensor policyRejected, Tensor referenceChosen, Tensor referenceRejected)
    {
        using var mode = GradMode.Off();
        var chosen = (policyChosen - referenceChosen).ToArray<float>();
        var rejected = (policyRejected - referenceRejected).ToArray<float>();
        for (int i = 0; i < chosen.Length; i++)
        {
            chosenReward += MetricBeta * chosen[i];
            rejectedReward += MetricBeta * rejected[i];
            if (chosen[i] > rejected[i]) correct++;
        }
    }
}
