using LlavaMod.Models;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Stages.Planning;

/// <summary>What comes and goes in a training step, and how high it stands together, in bytes.</summary>
internal sealed class StepMemory
{
    private readonly DType dtype;
    private readonly LossMemory losses;
    private readonly PassMemory pass;
    private readonly PassSize size;
    private readonly int passes;
    private readonly double single;  // gradients of one micro-batch
    private readonly double head;    // of which of the output projection
    private readonly double last;    // what comes with that of the embedding
    private readonly double largest; // stands beside the sum that it is added to
    private readonly double kept;

    /// <summary>Walks through the phases of a step.</summary>
    public StepMemory(StageWork work, ModelCost student, ModelCost? teacher, ModelCost? reference, IReadOnlyList<Objective> objectives, DType dtype)
    {
        var stage = work.Stage;
        this.dtype = dtype;
        losses = new LossMemory(objectives, dtype);
        pass = new PassMemory(student.Config, dtype, work.Trained);
        passes = work.Rows.Pairs ? 2 : 1;
        size = new PassSize(
            work.MicroBatchTokens / passes, work.MicroBatchPositions / passes, work.MicroBatchVisual / passes, work.Rows.Longest,
            stage.Packing, stage.ActivationCheckpointing);
        kept = passes * pass.Kept(size) + TowerKept(work, student);
        single = student.GradientBytes(work.Trained, sums: false);
        head = student.HeadGradientBytes(work.Trained);
        last = student.EmbeddingGradientBytes(work.Trained);
        largest = student.LargestGradientBytes(work.Trained);

        int batches = stage.BatchSize / stage.MicroBatchSize, atOnce = Math.Min(stage.ParallelMicroBatches, batches);
        double sum = student.GradientBytes(work.Trained, sums: batches > 1), before = batches > atOnce ? sum : 0;
        double inModels = Models(teacher, reference), inLoss = kept + head + losses.Of(student, teacher, size.Wanted);
        double top = Math.Max(Math.Max(inModels, inLoss), Backward(kept + head, stay: atOnce > 1 || batches == 1));
        // Micro-batches side by side seldom reach their tops together: while one does, the others have what is kept and, between forward and the end of
        // backward, half of what comes for a moment; or they are done, and their gradients wait for their turn.
        double others = (atOnce - 1) * Math.Max(kept + (top - kept) / 2, single), end = atOnce > 1 ? sum + atOnce * single : 0;
        Gradients = atOnce > 1 ? sum + atOnce * single : sum;
        Activations = atOnce * kept;
        Logits = atOnce * losses.Of(student, teacher, size.Wanted);
        Highest = Math.Max(Math.Max(before + top + others, end), objectives.Count > 1 ? Measured(objectives.Count) + (atOnce - 1) * kept : 0);
    }

    /// <summary>Gradients, of each micro-batch on its way and their sum.</summary>
    public double Gradients { get; }

    /// <summary>What layers keep for backward.</summary>
    public double Activations { get; }

    /// <summary>Logits of one chunk.</summary>
    public double Logits { get; }

    /// <summary>The most of these and of what is held for a moment, at the same time.</summary>
    public double Highest { get; }

    // Teacher before student, reference after it.
    private double Models(ModelCost? teacher, ModelCost? reference) => Math.Max(
        teacher is null ? 0 : Forward(teacher),
        reference is null ? 0 : kept + Math.Max(Forward(reference), losses.Of(reference, null, size.Wanted)));

    private double Forward(ModelCost model) => new PassMemory(model.Config, dtype, ModelPart.None).Forward(size);

    // Answers of pairs go back one after the other: gradients of the first wait for those of the second, which are added to them.
    private double Backward(double before, bool stay)
    {
        double highest = before, held = before;
        for (int i = 0; i < passes; i++)
        {
            var (most, left) = pass.Backward(size, held, stay: i == 0 && (stay || passes > 1));
            (highest, held) = (Math.Max(highest, most), left);
        }
        return Math.Max(highest, held + (stay ? last : Math.Max(last, largest)));
    }

    // The first step and each 25th after it take the objectives' gradients one by one, those so far beside the next one's; what is kept stays for the last.
    private double Measured(int objectives) =>
        Math.Max(Backward(kept + head + single, stay: true), objectives > 2 ? kept + 2 * single : 0);

    private static double TowerKept(StageWork work, ModelCost student) =>
        work.TrainsTower ? work.Stage.MicroBatchSize * work.Rows.Images * student.TowerActivationBytes : 0;
}
