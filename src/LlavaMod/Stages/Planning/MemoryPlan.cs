namespace LlavaMod.Stages.Planning;

/// <summary>An estimate of what a stage takes of memory at its highest, in bytes.</summary>
/// <param name="Weights">The trained model's weights.</param>
/// <param name="Others">Weights of teacher and reference; a tower that is shared counts once.</param>
/// <param name="Gradients">Gradients of the trained parameters.</param>
/// <param name="Optimizer">AdamW's moments, and the Float32 master copies of 16-bit parameters.</param>
/// <param name="Activations">What the layers keep for backward, of one micro-batch.</param>
/// <param name="Logits">Logits of student and teacher at the positions that losses look at, of one micro-batch.</param>
/// <param name="Features">Features of a frozen tower that are kept for the next time.</param>
public sealed record MemoryPlan(
    double Weights, double Others, double Gradients, double Optimizer, double Activations, double Logits, double Features)
{
    /// <summary>Bytes that the process takes beside its tensors: libtorch, OpenBLAS's buffers, .NET, samples that are read ahead.</summary>
    public const double Process = 0.35 * (1 << 30);

    /// <summary>All of it.</summary>
    public double Total => Weights + Others + Gradients + Optimizer + Activations + Logits + Features;
}
