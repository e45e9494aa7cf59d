using LlavaMod.Teachers;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Teachers;

/// <summary>Draws from seeded distributions.</summary>
internal static class TeacherDraws
{
    /// <summary>The distributions of rows of logits [n, V].</summary>
    public static SparseDistribution[] Of(Tensor logits, CacheSampling sampling, long seed = 1)
    {
        double[] uniforms = new double[logits.Size(0) * sampling.Uniforms];
        for (int i = 0; i < logits.Size(0); i++) DrawSeeds.Fill(seed, 7, i, uniforms.AsSpan(i * sampling.Uniforms, sampling.Uniforms));
        return new TeacherSampler(sampling).Of(logits, uniforms);
    }

    /// <summary>The weights of all words, [V].</summary>
    public static double[] Dense(SparseTarget target, int words)
    {
        double[] dense = new double[words];
        foreach (var (id, weight) in target.Ids.Zip(target.Weights)) dense[id] += weight;
        return dense;
    }
}
