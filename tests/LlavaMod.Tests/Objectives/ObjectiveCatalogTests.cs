using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

/// <summary>What every objective promises, present and future: it is found, made, documented, and gives finite losses and gradients.</summary>
public sealed class ObjectiveCatalogTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    public static TheoryData<string> Names => [.. Catalog<Objective>.Entries.Select(entry => entry.Name)];

    [Fact]
    public void Every_objective_of_the_library_is_in_the_catalog() =>
        Catalog<Objective>.Entries.Select(entry => entry.Type).ShouldBe(
            typeof(Objective).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(Objective)) && !type.IsAbstract), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_documented_in_one_line(string name)
    {
        var summary = Catalog<Objective>.Find(name).Summary;
        summary.Length.ShouldBeInRange(20, 120);
        summary.ShouldNotContain('\n');
        summary.ShouldEndWith(".");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void With_default_options_its_loss_and_gradient_are_finite(string name)
    {
        var (loss, inputs) = Catalog<Objective>.Create(name) switch
        {
            TokenObjective objective => Tokens(objective),
            PreferenceObjective objective => Pairs(objective),
            RouterObjective objective => Routing(objective),
            var other => throw new NotSupportedException($"a fourth kind: {other.GetType()}"),
        };
        double.IsFinite(loss.Item<double>()).ShouldBeTrue();
        loss.Backward();
        var slopes = inputs.SelectMany(input => input.Grad()!.ToArray<double>()).ToArray();
        slopes.ShouldAllBe(slope => double.IsFinite(slope));
        slopes.ShouldContain(slope => slope != 0);
    }

    private static (Tensor Loss, Tensor[] Inputs) Tokens(TokenObjective objective)
    {
        objective.Scope.ShouldNotBeEmpty();
        objective.Scope.Values.ShouldAllBe(weight => weight > 0);
        var logits = TestLogits.Tokens(5, 11, DType.Float32);
        var student = logits.Student.RequireGrad();
        var losses = objective.PerToken(objective.NeedsTeacher ? logits : logits with { Teacher = null });
        losses.Shape.ShouldBe([5]);
        losses.DType.ShouldBe(DType.Float32);
        return (losses.Mean(), [student]);
    }

    private static (Tensor Loss, Tensor[] Inputs) Pairs(PreferenceObjective objective)
    {
        objective.Beta.ShouldBeGreaterThan(0);
        var pairs = TestLogits.Pairs(4, DType.Float32);
        Tensor[] policy = [pairs.PolicyChosen.RequireGrad(), pairs.PolicyRejected.RequireGrad()];
        var losses = objective.Losses(pairs);
        losses.DType.ShouldBe(DType.Float32);
        (losses.Shape is [4] or [8]).ShouldBeTrue();
        return (losses.Mean(), policy);
    }

    private static (Tensor Loss, Tensor[] Inputs) Routing(RouterObjective objective)
    {
        var logits = TestLogits.Normal(7, DType.Float32, 6, 4).RequireGrad();
        var probabilities = logits.Softmax(); // [6, 4]
        var loss = objective.Loss([new LayerRouting(0, logits, probabilities, probabilities.Argmax(1).Unsqueeze(1), null, null)]);
        loss.Dimensions.ShouldBe(0);
        return (loss, [logits]);
    }
}
