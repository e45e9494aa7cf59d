using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

public sealed class CrossEntropyTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly CrossEntropy objective = new(new());

    public void Dispose() => scope.Dispose();

    [Fact]
    public void It_is_the_negative_log_probability_of_the_target()
    {
        var logits = Tensor.From([0f, MathF.Log(2), MathF.Log(5), 0, 0, 0], 2, 3); // 1/8, 2/8, 5/8 and thirds
        objective.PerToken(new(logits, null, Tensor.From([1L, 2], 2))).ToArray<float>().ShouldBe([MathF.Log(4), MathF.Log(3)], 1e-6);
    }

    [Fact]
    public void Its_gradient_is_the_slope_of_its_loss()
    {
        var logits = TestLogits.Tokens(4, 7);
        FiniteDifferences.ShouldMatch(student => objective.PerToken(logits with { Student = student }), logits.Student);
    }

    [Fact]
    public void A_token_that_is_ruled_out_gives_no_nan()
    {
        var logits = Tensor.From([0f, 1, float.NegativeInfinity], 1, 3).RequireGrad();
        var loss = objective.PerToken(new(logits, null, Tensor.From([0L], 1)));
        loss.Item<double>().ShouldBe(Math.Log(1 + Math.E), 1e-6);
        loss.Backward();
        logits.Grad()!.ToArray<double>()[2].ShouldBe(0);
    }

    [Fact]
    public void Softmax_is_float32_whatever_the_logits_are()
    {
        var half = TestLogits.Tokens(4, 9, DType.BFloat16);
        half.Student.RequireGrad();
        var losses = objective.PerToken(half);
        losses.DType.ShouldBe(DType.Float32);
        losses.ToArray<double>().ShouldBe(objective.PerToken(half with { Student = half.Student.Detach().To(DType.Float64) }).ToArray<double>(), 1e-5);
        losses.Sum().Backward();
        half.Student.Grad()!.DType.ShouldBe(DType.BFloat16);
    }

    [Fact]
    public void Missing_targets_are_an_error()
    {
        Should.Throw<InvalidOperationException>(() => objective.PerToken(new(Create.Zeros([1, 3]), null, null)));
        Should.Throw<TorchException>(() => objective.PerToken(new(Create.Zeros([1, 3]), null, Tensor.From([-100L], 1))));
    }

    [Fact]
    public void Image_positions_have_no_target_and_are_refused() =>
        Should.Throw<UserError>(() => new CrossEntropy(new() { Scope = new ValueMap<double>(KeyValuePair.Create("visual", 1.0)) }))
            .Message.ShouldBe("scope has no 'visual'; allowed: response, prompt");
}
