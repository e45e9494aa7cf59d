namespace LlavaMod.Torch.Optim;

/// <summary>What <see cref="AdamW"/> keeps of one parameter: moments, steps, and for one of 16 bits its master and gradient in Float32.</summary>
internal sealed class AdamWState : IDisposable
{
    private readonly Tensor parameter;
    private readonly Tensor stepCount; // Int64, []: Steps as it is saved
    private readonly Tensor? master; // Float32, for a 16-bit parameter
    private Tensor? accumulated;     // Float32, for a 16-bit parameter

    public AdamWState(string name, Tensor parameter)
    {
        Name = name;
        this.parameter = parameter;
        if (parameter.DType.Size() == 2) master = parameter.Detach().To(DType.Float32).Unscope();
        FirstMoment = Create.ZerosLike(Weight).Unscope();
        SecondMoment = Create.ZerosLike(Weight).Unscope();
        stepCount = Create.Scalar(0, DType.Int64).Unscope();
    }

    public string Name { get; }

    public long Steps { get; set; }

    public Tensor FirstMoment { get; }

    public Tensor SecondMoment { get; }

    public Tensor Weight => master ?? parameter;

    public Tensor? Gradient
    {
        get
        {
            AccumulateGradient();
            return Sum;
        }
    }

    public void AccumulateGradient()
    {
        if (master is null || parameter.Grad() is not { } gradient) return;
        AddGradient(gradient);
        parameter.SetGrad(null);
    }

    public void AddGradient(Tensor gradient)
    {
        // The first is copied: what is added to in place must not be part of a graph, or the gradient of another parameter as well.
        if (Sum is { } sum) sum.Add_(gradient);
        else if (master is not null) accumulated = gradient.To(DType.Float32).Unscope();
        else parameter.SetGrad(gradient.Clone());
    }

    private Tensor? Sum => master is null ? parameter.Grad() : accumulated;

    public void Publish()
    {
        if (master is not null) parameter.Copy_(master);
        DropGradient();
    }

    public void DropGradient()
    {
        parameter.SetGrad(null);
        accumulated?.Dispose();
        accumulated = null;
    }

    public IEnumerable<KeyValuePair<string, Tensor>> Save()
    {
        yield return new($"{Name}.exp_avg", FirstMoment);
        yield return new($"{Name}.exp_avg_sq", SecondMoment);
        yield return new($"{Name}.step", stepCount.Fill_(Steps));
        if (master is not null) yield return new($"{Name}.master", master);
    }

    public void ReadSteps() => Steps = stepCount.Item<long>();

    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
        stepCount.Dispose();
        master?.Dispose();
        accumulated?.Dispose();
    }
}
