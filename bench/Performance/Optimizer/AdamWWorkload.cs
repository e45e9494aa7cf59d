using LlavaMod.Torch;
using LlavaMod.Torch.Optim;

namespace LlavaMod.Performance.Optimizer;

/// <summary>Clipping and AdamW, measured over square matrices: TENSORS SIDE.</summary>
[Workload("adamw")]
internal sealed class AdamWWorkload : Workload
{
    private readonly List<KeyValuePair<string, Tensor>> weights = [];
    private readonly List<Tensor> gradients = [];
    private readonly Lazy<AdamW> optimizer; // its state is memory of the steps, as it is with the peer

    public AdamWWorkload(string[] words)
    {
        long side = long.Parse(words[1]);
        for (int i = int.Parse(words[0]); i > 0; i--)
        {
            weights.Add(KeyValuePair.Create($"{i}", Create.Full([side, side], 1).Unscope().RequireGrad()));
            gradients.Add(Create.Full([side, side], 0.01).Unscope());
        }
        optimizer = new Lazy<AdamW>(() => Make(weights));
    }

    public static AdamW Make(IReadOnlyList<KeyValuePair<string, Tensor>> weights) => new([new ParameterGroup(weights) { WeightDecay = 0.1 }], (0.9, 0.98));

    public override void Run() => Step(optimizer.Value, gradients);

    public static void Step(AdamW optimizer, IReadOnlyList<Tensor> gradients)
    {
        using var scope = new TensorScope();
        for (int i = 0; i < gradients.Count; i++) optimizer.Parameters[i].SetGrad(gradients[i]);
        optimizer.ClipGradients(1);
        optimizer.Step(1e-3);
        optimizer.ZeroGradients();
    }

    public override void Dispose()
    {
        if (optimizer.IsValueCreated) optimizer.Value.Dispose();
        foreach (var (_, weight) in weights) weight.Dispose();
        gradients.ForEach(gradient => gradient.Dispose());
    }
}
