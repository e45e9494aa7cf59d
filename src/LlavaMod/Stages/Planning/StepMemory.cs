using LlavaMod.Models;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Stages.Planning;

/// <summary>What comes and goes in a training step, and how high it stands together, in bytes.</summary>
internal sealed class StepMemory
{
    private const int LossCopies = 6; // Float32 of a block of logits: what losses make of it on their way

    /// <summary>Walks through the phases of a step.</summary>
    public StepMemory(StageWork work, ModelCost student, ModelCost? teacher, ModelCost? reference, DType dtype)
    {
        var stage = work.Stage;
        var pass = new PassMemory(student.Config, dtype, work.Trained);
        int passes = work.Rows.Pairs ? 2 : 1, atOnce = stage.ParallelMicroBatches;
        double tokens = work.MicroBatchTokens / passes, wanted = work.MicroBatchPositions / passes, visual = work.MicroBatchVisual / passes;
        double kept = passes * pass.Kept(tokens, wanted, visual, work.Rows.Longest, stage.ActivationCheckpointing) + TowerKept(work, student);
        double logits = Chunk(student, wanted, dtype) + (teacher is null ? 0 : Chunk(teacher, wanted, dtype));
        double others = Math.Max(Held(teacher, tokens, dtype), passes == 2 ? kept + Held(reference, tokens, dtype) : 0);

        bool addsUp = stage.BatchSize > stage.MicroBatchSize;
        double single = student.GradientBytes(work.Trained, sums: false), sum = student.GradientBytes(work.Trained, sums: addsUp);
        double head = student.HeadGradientBytes(work.Trained), before = addsUp ? sum : 0;
        double top = Math.Max(others, Math.Max(kept + logits + head, kept + pass.Backward(tokens) + head));
        double end = atOnce > 1 ? atOnce * single : (addsUp ? student.LargestGradientBytes(work.Trained) : single) + head;
        Gradients = atOnce > 1 ? sum + atOnce * single : sum;
        Activations = atOnce * kept;
        Logits = atOnce * logits;
        Highest = before + Math.Max(atOnce * top, end);
    }

    /// <summary>Gradients, of each micro-batch on its way and their sum.</summary>
    public double Gradients { get; }

    /// <summary>What layers keep for backward.</summary>
    public double Activations { get; }

    /// <summary>Logits of one chunk.</summary>
    public double Logits { get; }

    /// <summary>The most of these and of what is held for a moment, at the same time.</summary>
    public double Highest { get; }

    private static double Held(ModelCost? model, double tokens, DType dtype) =>
        model is null ? 0 : new PassMemory(model.Config, dtype, ModelPart.None).Forward(tokens);

    private static double Chunk(ModelCost model, double positions, DType dtype)
    {
        long words = model.Config.Language.VocabSize, rows = HeadRows.ChunkOf((long)Math.Ceiling(positions), words);
        return (double)rows * words * dtype.Size() + LossCopies * 4.0 * words * Math.Min(rows, TokenBlock.Size(words, Device.Cpu));
    }

    private static double TowerKept(StageWork work, ModelCost student) =>
        work.TrainsTower ? work.Stage.MicroBatchSize * work.Rows.Images * student.TowerActivationBytes : 0;
}
