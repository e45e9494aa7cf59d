using LlavaMod.Torch;
using LlavaMod.Torch.Optim;

namespace LlavaMod.Training;

/// <summary>How much each objective pulls: the norm of its weighted gradient over all trained parameters, as a share of the sum of the norms.</summary>
internal static class GradientShares
{
    /// <summary>Differentiates the losses one after another, which leaves the gradient of their sum behind.</summary>
    public static Dictionary<string, double> Measure(List<(string Name, Tensor Loss)> losses, AdamW optimizer)
    {
        var norms = new Dictionary<string, double>();
        var before = optimizer.CopyGradients();
        for (int i = 0; i < losses.Count; i++)
        {
            losses[i].Loss.Backward(retainGraph: i + 1 < losses.Count);
            optimizer.AccumulateGradients();
            var after = optimizer.CopyGradients();
            norms[losses[i].Name] = Distance(before, after);
            before = after;
        }
        double total = norms.Values.Sum();
        return norms.ToDictionary(pair => pair.Key, pair => total > 0 ? pair.Value / total : 0);
    }

    private static double Distance(IReadOnlyDictionary<string, Tensor> before, IReadOnlyDictionary<string, Tensor> after)
    {
        using var scope = new TensorScope();
        var squares = after.Select(pair => (before.TryGetValue(pair.Key, out var old) ? pair.Value - old : pair.Value).Square().Sum()).ToArray();
        return squares.Length == 0 ? 0 : Math.Sqrt(Shaping.Stack(squares).Sum().Item<double>());
    }
}
