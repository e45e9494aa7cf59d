using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>
/// Adds up how experts are used, over as many passes as it is given, on the host. Counting is done on the device: one transfer of 2 E^2 + 1
/// numbers a layer and pass.
/// </summary>
public sealed class RoutingStatistics
{
    private readonly SortedDictionary<int, Counts> layers = [];

    /// <summary>Counts one pass.</summary>
    /// <param name="pass">A pass that is done.</param>
    /// <param name="visual">Image tokens, Bool [B * T]; null when all tokens are text.</param>
    public void Add(RoutingPass pass, Tensor? visual = null)
    {
        if (pass.Layers.Count == 0) return;
        using var scope = new TensorScope();
        var groups = Groups(pass.TokenMask, visual, pass.Layers[0].Experts);
        foreach (var layer in pass.Layers) Count(layer, groups);
    }

    /// <summary>The use of every layer in rising order; a layer that saw no token is left out.</summary>
    public IReadOnlyList<ExpertUse> Report() =>
        [.. layers.Where(entry => entry.Value.Tokens > 0).Select(entry => entry.Value.Report(entry.Key))];

    /// <summary>Forgets what was counted.</summary>
    public void Clear() => layers.Clear();

    // 1 where a token is text (first row) or image (second), Float32 [2, N]
    private static Tensor Groups(Tensor? real, Tensor? visual, Tensor experts)
    {
        real ??= Create.Full([experts.Size(0)], 1, DType.Bool, experts.Device);
        visual = visual?.And(real) ?? Create.Full([experts.Size(0)], 0, DType.Bool, experts.Device);
        return Shaping.Stack([real.And(visual.Not()), visual]).To(DType.Float32);
    }

    private void Count(LayerRouting layer, Tensor groups)
    {
        using var scope = new TensorScope();
        int experts = (int)layer.Probabilities.Size(1), choices = (int)layer.Experts.Size(1);
        var chosen = Balance.Chosen(layer.Experts, experts); // [N, E]
        // Tokens that chose both experts, by group; on the diagonal, tokens that chose one. Whole numbers, exact below 2^24 tokens.
        var pairs = (groups.Unsqueeze(-1) * chosen).Transpose(1, 2).Matmul(chosen); // [2, E, E]
        var dropped = layer.Dropped?.To(DType.Float32).Reshape(1) ?? Create.Zeros([1], device: pairs.Device);
        float[] found = Shaping.Cat([pairs.Reshape(-1), dropped]).ToArray<float>();

        if (!layers.TryGetValue(layer.Layer, out var counts)) layers.Add(layer.Layer, counts = new Counts(experts, choices));
        // Without weights padding was routed too, and may have been dropped.
        counts.Add(found, layer.TokenWeights is null ? layer.Experts.Elements : null);
    }

    private sealed class Counts(int experts, int choices)
    {
        private readonly double[] pairs = new double[2 * experts * experts];
        private double dropped, routed;

        public double Tokens => Choices(0).Concat(Choices(1)).Sum() / choices;

        public void Add(float[] found, long? routedChoices)
        {
            double before = Tokens;
            for (int i = 0; i < pairs.Length; i++) pairs[i] += found[i];
            dropped += found[^1];
            routed += routedChoices ?? (Tokens - before) * choices;
        }

        public ExpertUse Report(int layer)
        {
            double[] text = Choices(0), visual = Choices(1);
            var load = Shares([.. text.Zip(visual, (a, b) => a + b)])!;
            double entropy = -load.Sum(share => share > 0 ? share * Math.Log(share) : 0) / Math.Log(experts);
            return new ExpertUse(layer, load, Shares(text), Shares(visual), entropy, dropped / routed, [.. Pairs()]);
        }

        // How often each expert was chosen by a group: 0 text, 1 image.
        private double[] Choices(int group) => [.. Enumerable.Range(0, experts).Select(expert => Both(group, expert, expert))];

        private double Both(int group, int first, int second) => pairs[(group * experts + first) * experts + second];

        private static double[]? Shares(double[] counts) => counts.Sum() is var all and > 0 ? [.. counts.Select(count => count / all)] : null;

        private IEnumerable<ExpertPair> Pairs()
        {
            for (int first = 0; first < experts; first++)
            {
                for (int second = first + 1; second < experts; second++)
                {
                    yield return new ExpertPair(first, second, (Both(0, first, second) + Both(1, first, second)) / Tokens);
                }
            }
        }
    }
}
