using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

/// <summary>The divergence from a few weighted words is that of its formula, loss and gradient.</summary>
public sealed class SparseTeacherTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly Tensor ids = Tensor.From([3L, 0, 6, 1, 5, 0], 2, 3);
    private readonly Tensor weights = Tensor.From([0.5, 0.2, 0.1, 0.3, 0.4, 0], 2, 3);
    private readonly Tensor entropy = Tensor.From([-1.2, -0.7], 2);
    private readonly Tensor ghost = Tensor.From([0.2, 0.3], 2);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Its_gradient_is_the_slope_of_its_loss(bool haunted)
    {
        var teacher = new SparseTeacher(ids, weights, entropy, haunted ? ghost : null, 8);
        var logits = TestLogits.Normal(3, DType.Float64, 2, 8);
        FiniteDifferences.ShouldMatch(student => Plain(student, haunted), logits);
        var point = logits.Clone().RequireGrad();
        Plain(point, haunted).Sum().Backward();
        var (losses, gradient) = teacher.Divergence(logits.LogSoftmax(), logits.Softmax());
        losses.ToArray<double>().ShouldBe(Plain(logits, haunted).ToArray<double>(), 1e-12);
        gradient.ToArray<double>().ShouldBe(point.Grad()!.ToArray<double>(), 1e-12);
    }

    [Fact]
    public void In_one_pass_it_gives_the_same_and_the_next_tokens_surprisal()
    {
        var teacher = new SparseTeacher(ids, (weights / weights.Sum(-1, keep: true)).To(DType.Float32), entropy.To(DType.Float32), null, 8);
        var (logits, next) = (TestLogits.Normal(3, DType.Float32, 2, 8), Tensor.From([2L, 5], 2));
        var (log, p) = (logits.LogSoftmax(), logits.Softmax());
        var (losses, gradient) = teacher.Divergence(log, p);
        var expected = (gradient * 0.7 + (p - next.OneHot(8).To(DType.Float32)) * 0.3).ToArray<double>();

        teacher.Replaces(logits, 1).ShouldBeTrue();
        var sums = teacher.Replace(logits, next, new SoftTargets.Weights(1, 0.7, 0.3));

        sums.Divergence.ShouldBe(losses.Sum().Item<double>(), 1e-5);
        sums.Surprisal.ShouldBe(-log.Gather(1, next.Unsqueeze(1)).Sum().Item<double>(), 1e-5);
        logits.ToArray<double>().ShouldBe(expected, 1e-6);
    }

    // In row 2 the third word has weight 0.
    private Tensor Plain(Tensor logits, bool haunted)
    {
        var log = logits.LogSoftmax();
        var loss = entropy - (log.Gather(1, ids) * weights).Sum(-1);
        if (!haunted) return loss;
        var listed = Create.Zeros([2, 8], DType.Float64).Scatter(1, ids, 1);
        return loss - ghost * (log.Exp() * (1 - listed)).Sum(-1).Log();
    }

    [Fact]
    public void A_word_that_the_student_rules_out_costs_nothing_at_weight_0_and_all_there_is_otherwise()
    {
        var logits = TestLogits.Normal(3, DType.Float64, 2, 8);
        var ruledOut = Tensor.From(Enumerable.Range(0, 8).Select(v => v == 0).ToArray(), 8);
        var log = logits.MaskedFill(ruledOut, double.NegativeInfinity).LogSoftmax();
        var (losses, gradient) = new SparseTeacher(ids, weights, entropy, null, 8).Divergence(log, log.Exp());
        losses.ToArray<double>()[0].ShouldBe(double.PositiveInfinity);
        double.IsFinite(losses.ToArray<double>()[1]).ShouldBeTrue();
        gradient.ToArray<double>().ShouldAllBe(slope => double.IsFinite(slope));
    }
}
