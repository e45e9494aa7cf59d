using LlavaMod.Torch;
using LlavaMod.Torch.Optim;

namespace LlavaMod.Training;

/// <summary>How much each objective pulls: the norm of its weighted gradient over all trained parameters, as a share of the sum of the norms.</summary>
internal static class GradientShares
{
    /// <summary>Differentiates the losses one after another, which adds the gradient of their sum to what is there.</summary>
    public static Dictionary<string, double> Measure(List<(string Name, Tensor Loss)> losses, AdamW optimizer)
    {
        var norms = new Dictionary<string, double>();
        using var scope = new TensorScope();
        var others = optimizer.TakeGradients();
        for (int i = 0; i < losses.Count; i++)
        {
            losses[i].Loss.Backward(retainGraph: i + 1 < losses.Count);
            norms[losses[i].Name] = optimizer.ClipGradients(double.PositiveInfinity);
            optimizer.AddGradients(others);
            foreach (var other in others) other?.Dispose(); // as large as the model: two of them stand at a time, however many objectives there are
            if (i + 1 < losses.Count) others = optimizer.TakeGradients();
        }
        double total = norms.Values.Sum();
        return norms.ToDictionary(pair => pair.Key, pair => total > 0 ? pair.Value / total : 0);
    }
}
