using LlavaMod.Objectives;
using LlavaMod.Teachers;
using LlavaMod.Tests.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Teachers;

/// <summary>What is drawn of a teacher's distribution stands for all of it.</summary>
public sealed class TeacherSamplerTests : IDisposable
{
    private const int Words = 30;

    private readonly TensorScope scope = new();
    private readonly Tensor teacher = TestLogits.Normal(1, DType.Float32, 1, Words);
    private readonly Tensor student = TestLogits.Normal(2, DType.Float32, 1, Words).LogSoftmax();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 3)]
    [InlineData(12, 20)]
    [InlineData(29, 2)]
    public void Weights_sum_to_one(int top, int draws)
    {
        foreach (var position in TeacherDraws.Of(TestLogits.Normal(3, DType.Float32, 50, Words), new CacheSampling(top, draws)))
        {
            position.Under(CacheTail.Sample).Weights.Sum(weight => (double)weight).ShouldBe(1, 1e-6);
            position.Counts.Sum().ShouldBe(draws);
            position.TopIds.Concat(position.DrawnIds).ShouldBeUnique();
            position.DrawnIds.ShouldBeInOrder();
        }
    }

    [Fact]
    public void A_words_weight_is_its_probability_in_expectation()
    {
        const int Times = 4000;
        double[] p = teacher.Softmax().ToArray<double>();
        var (sums, squares) = (new double[Words], new double[Words]);
        foreach (var position in Repeated(Times, new CacheSampling(Top: 4, Draws: 3)))
        {
            double[] weights = TeacherDraws.Dense(position.Under(CacheTail.Sample), Words);
            for (int v = 0; v < Words; v++) (sums[v], squares[v]) = (sums[v] + weights[v], squares[v] + weights[v] * weights[v]);
        }
        for (int v = 0; v < Words; v++)
        {
            double mean = sums[v] / Times, deviation = Math.Sqrt(Math.Max(0, squares[v] / Times - mean * mean) / Times);
            mean.ShouldBe(p[v], 4.5 * deviation + 1e-6, $"word {v}");
        }
    }

    [Fact]
    public void The_mean_gradient_converges_to_the_dense_one_as_one_over_the_square_root_of_the_draws()
    {
        double few = Enumerable.Range(0, 16).Average(seed => GradientError(100, seed)), many = Enumerable.Range(0, 4).Average(seed => GradientError(6400, seed));
        (few / many).ShouldBeInRange(5, 13); // 8 for 64 times as many
        many.ShouldBeLessThan(2e-3);
    }

    // How far the mean gradient over some draws is from that of the whole distribution.
    private double GradientError(int times, int seed)
    {
        using var inner = new TensorScope();
        var gradient = Mean(Repeated(times, new CacheSampling(Top: 3, Draws: 2), seed), CacheTail.Sample).Gradient;
        return (gradient - (student.Exp() - teacher.Softmax())).Square().Sum().Sqrt().Item<double>();
    }

    [Fact]
    public void The_mean_loss_is_the_divergence()
    {
        double dense = (teacher.Softmax() * (teacher.LogSoftmax() - student)).Sum().Item<double>();
        Mean(Repeated(6400, new CacheSampling(Top: 3, Draws: 2)), CacheTail.Sample).Loss.ShouldBe(dense, 0.02 * dense);
    }

    [Theory]
    [InlineData(CacheTail.Sample)]
    [InlineData(CacheTail.Renormalise)]
    [InlineData(CacheTail.Ghost)]
    public void Where_every_word_is_kept_it_is_the_divergence_exactly(CacheTail tail)
    {
        var logits = TestLogits.Normal(5, DType.Float32, 6, Words);
        var other = TestLogits.Normal(6, DType.Float32, 6, Words).LogSoftmax();
        var batch = Sparse(TeacherDraws.Of(logits, new CacheSampling(Top: Words, Tail: tail)), tail);
        var (losses, gradient) = batch.Divergence(other, other.Exp());
        losses.ToArray<double>().ShouldBe((logits.Softmax() * (logits.LogSoftmax() - other)).Sum(-1).ToArray<double>(), 1e-5);
        gradient.ToArray<double>().ShouldBe((other.Exp() - logits.Softmax()).ToArray<double>(), 1e-6);
    }

    [Fact]
    public void The_same_seed_draws_the_same_and_another_seed_others()
    {
        var logits = TestLogits.Normal(3, DType.Float32, 20, 1000);
        int[][] Drawn(long seed) => [.. TeacherDraws.Of(logits, new CacheSampling(), seed).Select(position => position.DrawnIds)];
        Drawn(1).ShouldBe(Drawn(1));
        Drawn(2).ShouldNotBe(Drawn(1));
    }

    [Fact]
    public void Words_that_the_teacher_rules_out_are_never_drawn()
    {
        var logits = TestLogits.Normal(3, DType.Float32, 40, Words);
        var ruledOut = Tensor.From(Enumerable.Range(0, Words).Select(v => v % 2 == 0).ToArray(), Words);
        foreach (var position in TeacherDraws.Of(logits.MaskedFill(ruledOut, double.NegativeInfinity), new CacheSampling(Top: 2, Draws: 5)))
        {
            position.DrawnIds.ShouldAllBe(id => id % 2 == 1);
            float.IsFinite(position.NegativeEntropy).ShouldBeTrue();
        }
        TeacherDraws.Of(logits.MaskedFill(ruledOut, double.NegativeInfinity), new CacheSampling(Top: 15, Draws: 5)).ShouldAllBe(position => position.DrawnIds.Length == 0);
    }

    [Fact]
    public void Logits_that_are_not_finite_are_an_error() =>
        Should.Throw<NotFiniteNumberException>(() => TeacherDraws.Of(teacher * double.NaN, new CacheSampling()));

    private SparseDistribution[] Repeated(int times, CacheSampling sampling, long seed = 1) => TeacherDraws.Of(teacher.Expand(times, Words), sampling, seed);

    // Over all positions, against the one student.
    private (double Loss, Tensor Gradient) Mean(SparseDistribution[] positions, CacheTail tail)
    {
        var repeated = student.Expand(positions.Length, Words);
        var (losses, gradient) = Sparse(positions, tail).Divergence(repeated, repeated.Exp());
        return (losses.Mean().Item<double>(), gradient.Mean(0));
    }

    private static SparseTeacher Sparse(SparseDistribution[] positions, CacheTail tail) =>
        SparseBatch.Of(new long[positions.Length], Words, [.. positions.Select(position => position.Under(tail))]).To(Device.Cpu);
}
