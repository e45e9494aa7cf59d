namespace LlavaMod.Torch.Optim;

/// <summary>What <see cref="AdamW"/> keeps of one parameter: moments, steps, and for one of 16 bits its master and gradient in Float32.</summary>
internal sealed class AdamWState : IDisposable
{
    private readonly Tensor parameter;
    private readonly Tensor stepCount; // Int64, []: Steps as it is saved
    private readonly Tensor? master; // Float32, for a 16-bit parameter
    private Tensor? accumulated;     // for a 16-bit parameter: its only gradient so far as it came, or the Float32 sum of several
    private bool sums;               // whether it is a sum, of our own memory

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

    /// <summary>Where the weight goes after an update: a 16-bit parameter, whose master is the weight. Null where that is the parameter itself.</summary>
    public Tensor? Published => master is null ? null : parameter;

    /// <summary>The gradient so far, or null. That of a 16-bit parameter has 16 bits as long as it is the only one.</summary>
    public Tensor? Gradient
    {
        get
        {
            AccumulateGradient();
            return master is null ? parameter.Grad() : accumulated;
        }
    }

    /// <summary>Takes it out; owned by the current scope.</summary>
    public Tensor? TakeGradient()
    {
        var taken = Gradient?.Share();
        DropGradient();
        return taken;
    }

    public void AccumulateGradient()
    {
        if (master is null || parameter.Grad() is not { } gradient) return;
        Accumulate(gradient);
        parameter.SetGrad(null);
    }

    public void AddGradient(Tensor gradient)
    {
        if (master is not null) Accumulate(gradient.Detach());
        else if (parameter.Grad() is { } sum) sum.Add_(gradient);
        else parameter.SetGrad(gradient.Clone()); // what is added to in place must not be the gradient of another parameter as well
    }

    // What arrives is read and never written: it may be the gradient of another parameter as well.
    private void Accumulate(Tensor gradient)
    {
        if (sums)
        {
            GradientSum.Into(accumulated!, gradient);
            return;
        }
        var first = accumulated;
        accumulated = (first is null ? gradient.Contiguous() : GradientSum.Of(first, gradient)).Unscope();
        sums = first is not null;
        first?.Dispose();
    }

    public void DropGradient()
    {
        parameter.SetGrad(null);
        accumulated?.Dispose();
        accumulated = null;
        sums = false;
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
