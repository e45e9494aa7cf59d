namespace LlavaMod.Stages.Planning;

/// <summary>An estimate of what a stage's tensors take of memory, in bytes.</summary>
/// <param name="Weights">The trained model's weights.</param>
/// <param name="Others">Weights of teacher and reference; a tower that is shared counts once.</param>
/// <param name="Optimizer">AdamW's moments, and the Float32 master copies of 16-bit parameters.</param>
/// <param name="Features">Features of a frozen tower that are kept for the next time.</param>
/// <param name="Gradients">Gradients of the trained parameters, all micro-batches on their way together.</param>
/// <param name="Activations">What the layers keep for backward, likewise.</param>
/// <param name="Logits">Logits of student and teacher of one chunk of positions, and what losses make of them, likewise.</param>
/// <param name="Highest">The most that the last three take at the same time: gradients come as activations go.</param>
public sealed record MemoryPlan(
    double Weights, double Others, double Optimizer, double Features, double Gradients, double Activations, double Logits, double Highest)
{
    /// <summary>Bytes that the process takes beside its tensors: libtorch, OpenBLAS's buffers, .NET, samples that are read ahead.</summary>
    public const double Process = 0.35 * (1 << 30);

    /// <summary>The peak of the stage.</summary>
    public double Total => Weights + Others + Optimizer + Features + Highest;
}
