using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Teachers;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Performance.Cached;

/// <summary>What <c>llavamod cache</c> keeps of a teacher for a batch, with its own code and settings.</summary>
internal static class SampledTeacher
{
    /// <summary>The distributions at the batch's response positions, in order.</summary>
    public static SparseDistribution[] Of(Llava teacher, MicroBatch batch, VisionFeatures vision)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var (sampling, device, words) = (new CacheSampling(), teacher.Parameters.Device, teacher.Config.Language.VocabSize);
        long[] positions = Selection.Responses.In(batch.Sequences).Indices;
        var features = vision.Of(teacher.Tower, batch.Images, trained: false);
        var hidden = teacher.Forward(LlavaInput.From(batch.Sequences, device), features, new RoutingPass(), wanted: positions); // [N, D]
        var drawn = new List<SparseDistribution>();
        long size = Math.Max(1, TeacherSampler.MostElements / words);
        while (drawn.Count < positions.Length)
        {
            using var inner = new TensorScope();
            int count = (int)Math.Min(size, positions.Length - drawn.Count);
            double[] uniforms = new double[count * sampling.Uniforms];
            DrawSeeds.Fill(seed: 1, key: 0, drawn.Count, uniforms);
            drawn.AddRange(new TeacherSampler(sampling).Of(teacher.Language.Logits(hidden.Narrow(0, drawn.Count, count)), uniforms));
        }
        return [.. drawn];
    }

    /// <summary>The same, as the batch of a step.</summary>
    public static SparseBatch Batch(Llava teacher, MicroBatch batch, VisionFeatures vision) => SparseBatch.Of(
        Selection.Responses.In(batch.Sequences).Indices, (int)teacher.Config.Language.VocabSize,
        Array.ConvertAll(Of(teacher, batch, vision), position => position.Under(CacheTail.Sample)));
}
