using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

/// <summary>Seeded numbers for the tests of objectives.</summary>
internal static class TestLogits
{
    /// <summary>Normal numbers times 2, so that probabilities are neither even nor concentrated.</summary>
    public static Tensor Normal(ulong seed, DType dtype, params long[] shape)
    {
        using var generator = new RandomGenerator(seed);
        return (Create.Normal(shape, generator) * 2).To(dtype);
    }

    /// <summary>Logits of N positions over V tokens, with targets.</summary>
    public static TokenLogits Tokens(long n, long v, DType dtype = DType.Float64) => new(
        Normal(1, dtype, n, v),
        Normal(2, dtype, n, v),
        Tensor.From(Enumerable.Range(0, (int)n).Select(i => (long)(7 * i + 3) % v).ToArray(), n));

    /// <summary>Log-probabilities of B pairs; those of the reference differ from the policy's by a few units.</summary>
    public static PreferenceLogProbabilities Pairs(long b, DType dtype = DType.Float64) => new(
        Normal(3, dtype, b) - 20, Normal(4, dtype, b) - 22, Normal(5, dtype, b) - 21, Normal(6, dtype, b) - 21);

    /// <summary>Pairs on which policy and reference agree.</summary>
    public static PreferenceLogProbabilities Agreeing(long b)
    {
        var (chosen, rejected) = (Normal(3, DType.Float64, b) - 20, Normal(4, DType.Float64, b) - 22);
        return new(chosen, rejected, chosen.Clone(), rejected.Clone());
    }
}
