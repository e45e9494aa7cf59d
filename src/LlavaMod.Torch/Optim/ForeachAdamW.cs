namespace LlavaMod.Torch.Optim;

/// <summary>AdamW with libtorch's operators over lists of tensors, a few launches for all of them on CUDA: any device, type and strides.</summary>
internal sealed class ForeachAdamW
{
    // Bounds the roots of the second moments, which lie in memory for a list at a time.
    private const int MostTensors = 64;
    private const long MostElements = 1 << 25;

    private static readonly Operator Scale = new("_foreach_mul.Scalar");
    private static readonly Operator Multiply = new("_foreach_mul_.Scalar");
    private static readonly Operator Add = new("_foreach_add_.List");
    private static readonly Operator AddScalar = new("_foreach_add_.Scalar");
    private static readonly Operator Addcmul = new("_foreach_addcmul_.Scalar");
    private static readonly Operator Addcdiv = new("_foreach_addcdiv_.Scalar");
    private static readonly Operator Sqrt = new("_foreach_sqrt");

    private readonly List<(AdamWState State, Tensor Gradient, AdamWRates Rates)> entries = [];

    /// <summary>Takes a parameter.</summary>
    public void Take(AdamWState state, Tensor gradient, AdamWRates rates) => entries.Add((state, gradient, rates));

    /// <summary>Updates all of them.</summary>
    public void Run()
    {
        foreach (var alike in entries.GroupBy(entry => (entry.Rates, entry.State.Weight.DType, entry.State.Weight.Device)))
        {
            long elements = 0;
            var list = new List<(AdamWState State, Tensor Gradient)>();
            foreach (var (state, gradient, _) in alike)
            {
                list.Add((state, gradient));
                elements += state.Weight.Elements;
                if (list.Count < MostTensors && elements < MostElements) continue;
                Update(list, alike.Key.Rates);
                list.Clear();
                elements = 0;
            }
            if (list.Count > 0) Update(list, alike.Key.Rates);
        }
    }

    private static void Update(List<(AdamWState State, Tensor Gradient)> list, AdamWRates rates)
    {
        using var scope = new TensorScope();
        Tensor[] weights = [.. list.Select(entry => entry.State.Weight)];
        Tensor[] first = [.. list.Select(entry => entry.State.FirstMoment)], second = [.. list.Select(entry => entry.State.SecondMoment)];
        Tensor[] gradients = [.. list.Select(entry => entry.Gradient.To(entry.State.Weight.DType))];
        if (rates.GradientScale != 1) gradients = Scale.CallList(list.Count, Argument.Tensors(gradients), rates.GradientScale);
        Multiply.Run(Argument.Tensors(first), rates.Beta1);
        Add.Run(Argument.Tensors(first), Argument.Tensors(gradients), 1 - rates.Beta1);
        Multiply.Run(Argument.Tensors(second), rates.Beta2);
        Addcmul.Run(Argument.Tensors(second), Argument.Tensors(gradients), Argument.Tensors(gradients), 1 - rates.Beta2);
        var roots = Sqrt.CallList(list.Count, Argument.Tensors(second));
        Multiply.Run(Argument.Tensors(roots), rates.RootScale);
        AddScalar.Run(Argument.Tensors(roots), rates.Epsilon);
        if (rates.Keep != 1) Multiply.Run(Argument.Tensors(weights), rates.Keep);
        Addcdiv.Run(Argument.Tensors(weights), Argument.Tensors(first), Argument.Tensors(roots), -rates.StepSize);
        foreach (var (state, _) in list) state.Published?.Copy_(state.Weight);
    }
}
