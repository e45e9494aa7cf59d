using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Teachers;

/// <summary>Asks the teacher about a few samples, and draws from its distributions. The head runs at response positions only, a block of them at a time.</summary>
/// <param name="teacher">The teacher.</param>
/// <param name="settings">The cache's settings.</param>
internal sealed class TeacherPass(Llava teacher, CacheSettings settings) : IDisposable
{
    private readonly VisionFeatures vision = new();
    private readonly CacheSampling sampling = settings.Sampling;

    /// <summary>The distributions of each sample's response positions.</summary>
    /// <exception cref="UserError">The teacher's logits are not finite.</exception>
    public IReadOnlyList<SparseDistribution>[] Of(IReadOnlyList<CacheRow> rows)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var batch = Splicer.Splice(
            [.. rows.Select(row => row.Sample!.Chosen)], new SpliceOptions { TokensPerImage = settings.TokensPerImage, MaxLength = settings.MaxLength });
        var positions = Selection.Responses.In(batch);
        int[] samples = [.. batch.SamplesAt(positions.Indices).Select(sample => (int)sample)];
        var hidden = Hidden(batch, [.. rows.SelectMany(row => row.Sample!.Images)], positions.Indices);
        var sampled = rows.Select(_ => new List<SparseDistribution>()).ToArray();
        int size = (int)Math.Max(1, TeacherSampler.MostElements / settings.Rows);
        for (int start = 0; start < samples.Length; start += size)
        {
            int count = Math.Min(size, samples.Length - start);
            Draw(hidden.Narrow(0, start, count), samples.AsSpan(start, count), rows, sampled);
        }
        return sampled;
    }

    // [N, D]
    private Tensor Hidden(SplicedBatch batch, IReadOnlyList<PreparedImage> images, long[] positions)
    {
        var input = LlavaInput.From(batch, teacher.Parameters.Device);
        var routing = new RoutingPass { TokenMask = teacher.Config.Experts is null ? null : input.Mask };
        return teacher.Forward(input, vision.Of(teacher.Tower, images, trained: false), routing, wanted: positions);
    }

    private void Draw(Tensor hidden, ReadOnlySpan<int> samples, IReadOnlyList<CacheRow> rows, List<SparseDistribution>[] sampled)
    {
        using var scope = new TensorScope();
        int each = sampling.Uniforms;
        double[] uniforms = new double[samples.Length * each];
        int[] next = [.. sampled.Select(positions => positions.Count)];
        for (int i = 0; i < samples.Length; i++) DrawSeeds.Fill(settings.Seed, rows[samples[i]].Key, next[samples[i]]++, uniforms.AsSpan(i * each, each));
        SparseDistribution[] drawn;
        try
        {
            drawn = new TeacherSampler(sampling).Of(teacher.Language.Logits(hidden).Narrow(1, 0, settings.Rows), uniforms);
        }
        catch (NotFiniteNumberException exception)
        {
            string ids = string.Join(", ", samples.ToArray().Distinct().Select(sample => rows[sample].Sample!.Chosen.Id));
            throw new UserError($"the teacher's logits are not finite at a position of the samples {ids}; check its weights, and load them in the type they were stored in", exception);
        }
        for (int i = 0; i < drawn.Length; i++) sampled[samples[i]].Add(drawn[i]);
    }

    public void Dispose() => vision.Dispose();
}
