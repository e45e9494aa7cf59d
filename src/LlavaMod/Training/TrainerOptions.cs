namespace LlavaMod.Training;

/// <summary>What a trainer needs to know beside models, objectives and optimiser.</summary>
public sealed record TrainerOptions
{
    /// <summary>Gradient norm above which gradients are scaled down; infinite is off.</summary>
    public double Clip { get; init; } = double.PositiveInfinity;

    /// <summary>Whether dense layers recompute their activations in backward.</summary>
    public bool Recompute { get; init; }

    /// <summary>
    /// Micro-batches that run side by side on the CPU, each on its share of the threads; 1 or more. It changes time and memory, not a bit of the result.
    /// </summary>
    public int ParallelMicroBatches { get; init; } = 1;

    /// <summary>Steps between measurements of gradient shares and expert loads; 0 never.</summary>
    public int MeasureEvery { get; init; } = 25;

    /// <summary>Reference mode: Gumbel noise [tokens, E] for the n-th sparse layer of the step, whose micro-batches then run one by one; null is none.</summary>
    public Func<int, Torch.Tensor?>? SecondExpertNoise { get; init; }
}
