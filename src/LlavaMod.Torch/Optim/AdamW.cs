namespace LlavaMod.Torch.Optim;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, algorithm 2), as torch.optim.AdamW computes it: a parameter without a gradient is left alone and its
/// own step count stands still. Parameters of 16 bits keep a Float32 master copy and moments, and accumulate their gradients in Float32.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly double beta1;
    private readonly double beta2;
    private readonly double epsilon;
    private readonly List<(ParameterGroup Group, AdamWState[] States)> groups = [];
    private double gradientScale = 1; // of the next step

    /// <param name="groups">What to train; a parameter may be in one group only.</param>
    /// <param name="betas">Decay of the first and second moment, each in [0, 1).</param>
    /// <param name="epsilon">Added to the square root of the second moment.</param>
    /// <exception cref="ArgumentException">
    /// A name occurs twice, a parameter holds no real numbers, or a setting is out of its range.
    /// </exception>
    public AdamW(IEnumerable<ParameterGroup> groups, (double, double) betas, double epsilon = 1e-8)
    {
        (beta1, beta2) = betas;
        this.epsilon = epsilon;
        var given = groups.ToList();
        Check(given, betas, epsilon);
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        foreach (var group in given)
        {
            this.groups.Add((group, [.. group.Parameters.Select(parameter => new AdamWState(parameter.Key, parameter.Value))]));
        }
        Parameters = [.. given.SelectMany(group => group.Parameters, (_, parameter) => parameter.Value)];
    }

    private static void Check(List<ParameterGroup> groups, (double First, double Second) betas, double epsilon)
    {
        if (betas.First is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(betas), betas.First, "a beta is in [0, 1)");
        if (betas.Second is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(betas), betas.Second, "a beta is in [0, 1)");
        if (epsilon is not (>= 0 and < double.PositiveInfinity)) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "at least 0");
        var names = new HashSet<string>();
        foreach (var (name, parameter) in groups.SelectMany(group => group.Parameters))
        {
            if (!names.Add(name)) throw new ArgumentException($"parameter '{name}' is given twice", nameof(groups));
            if (!parameter.DType.IsFloat()) throw new ArgumentException($"parameter '{name}' is {parameter}: only real numbers are trained", nameof(groups));
        }
    }

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>What is trained, group after group.</summary>
    public Tensor[] Parameters { get; }

    private IEnumerable<AdamWState> States => groups.SelectMany(group => group.States);

    /// <summary>
    /// Moves the gradients of 16-bit parameters out of backward's way, the second and later ones into Float32 accumulators. Call it between the
    /// backwards of an accumulated batch, which else add up in 16 bits; wider parameters accumulate in place and need nothing.
    /// </summary>
    public void AccumulateGradients()
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        foreach (var state in States) state.AccumulateGradient();
    }

    /// <summary>
    /// Adds d(loss)/d(parameter), one for each of <see cref="Parameters"/> (null where the loss does not depend on it), to the gradients: what
    /// backward and <see cref="AccumulateGradients"/> do, for gradients that were computed apart.
    /// </summary>
    public void AddGradients(ReadOnlySpan<Tensor?> gradients)
    {
        if (gradients.Length != Parameters.Length) throw new ArgumentException($"{gradients.Length} gradients for {Parameters.Length} parameters", nameof(gradients));
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        int next = 0;
        foreach (var state in States)
        {
            if (gradients[next++] is { } gradient) state.AddGradient(gradient);
        }
    }

    /// <summary>
    /// Takes the gradients accumulated so far out, one for each of <see cref="Parameters"/>, null where there is none; owned by the current scope.
    /// </summary>
    public Tensor?[] TakeGradients()
    {
        using var mode = GradMode.Off();
        return [.. States.Select(state => state.TakeGradient())];
    }

    /// <summary>
    /// Has the next <see cref="Step"/> scale all gradients together so that their total 2-norm is at most <paramref name="most"/> (not at all
    /// when it is infinite), as torch.nn.utils.clip_grad_norm_ does, while it reads them: the gradients themselves stay as they are. The norm
    /// before clipping; reading it waits for the device.
    /// </summary>
    public double ClipGradients(double most)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var gradients = States.Select(state => state.Gradient).OfType<Tensor>().ToList();
        if (gradients.Count == 0) throw new InvalidOperationException("no parameter has a gradient: backward has not run, or nothing is trained");
        double norm = GradientNorm.Of(gradients);
        gradientScale = double.IsPositiveInfinity(most) ? 1 : Math.Min(1, most / (norm + 1e-6));
        return norm;
    }

    /// <summary>Updates every parameter that has a gradient, and drops the gradients.</summary>
    public void Step(double learningRate)
    {
        Steps++;
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        FusedAdamW fused = new();
        ForeachAdamW others = new();
        foreach (var (group, states) in groups)
        {
            foreach (var state in states)
            {
                if (state.Gradient?.Contiguous() is not { } gradient) continue;
                state.Steps++;
                var rates = Rates(state.Steps, learningRate * group.LearningRateScale, group.WeightDecay);
                if (!fused.TryAdd(state, gradient, rates)) others.Take(state, gradient, rates);
            }
        }
        fused.Run();
        others.Run();
        ZeroGradients();
    }

    private AdamWRates Rates(long step, double rate, double weightDecay) => new(
        gradientScale, beta1, beta2, 1 - rate * weightDecay, rate / (1 - Math.Pow(beta1, step)), 1 / Math.Sqrt(1 - Math.Pow(beta2, step)), epsilon);

    /// <summary>Drops all gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var state in States) state.DropGradient();
        gradientScale = 1;
    }

    /// <summary>
    /// Everything that the next step depends on beside the parameters and the step count, by name: <c>NAME.exp_avg</c>,
    /// <c>NAME.exp_avg_sq</c>, <c>NAME.step</c>, and <c>NAME.master</c> for 16-bit parameters. The tensors belong to the optimiser.
    /// </summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Save() => States.SelectMany(state => state.Save());

    /// <summary>Goes on from tensors of <see cref="Save"/>.</summary>
    /// <exception cref="KeyNotFoundException">A tensor is missing; nothing has been changed.</exception>
    /// <exception cref="ArgumentException">A tensor has another shape than its parameter; nothing has been changed.</exception>
    public void Restore(Func<string, Tensor?> find, int steps)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var found = Save().Select(entry => (Target: entry.Value, Source: Find(entry.Key, entry.Value, find))).ToList();
        foreach (var (target, source) in found) target.Copy_(source);
        foreach (var state in States) state.ReadSteps();
        Steps = steps;
    }

    private static Tensor Find(string name, Tensor target, Func<string, Tensor?> find)
    {
        var source = find(name) ?? throw new KeyNotFoundException($"the optimiser's state lacks '{name}'");
        if (source.Shape.AsSpan().SequenceEqual(target.Shape)) return source;
        throw new ArgumentException($"the optimiser's state has '{name}' as {source}, where {target} is expected");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var state in States) state.Dispose();
    }
}
