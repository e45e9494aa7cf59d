using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

public sealed class PreferenceObjectiveTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    private static readonly Dictionary<string, PreferenceObjective> Objectives = new()
    {
        ["dpo"] = new DpoSigmoid(new()),
        ["dpo smoothed"] = new DpoSigmoid(new() { Beta = 0.5, LabelSmoothing = 0.2 }),
        ["dpo reference-free"] = new DpoSigmoid(new() { ReferenceFree = true }),
        ["dpo-hinge"] = new DpoHinge(new() { Beta = 0.3 }),
        ["ipo"] = new Ipo(new() { Beta = 0.2 }),
        ["kto-pair"] = new KtoPair(new()),
    };

    public static TheoryData<string> Names => [.. Objectives.Keys];

    [Theory]
    [InlineData("dpo", 0.6931471805599453)] // ln 2
    [InlineData("dpo smoothed", 0.6931471805599453)]
    [InlineData("dpo-hinge", 1)]
    [InlineData("ipo", 6.25)] // (1 / (2 * 0.2))^2
    [InlineData("kto-pair", 0.5)]
    public void Where_policy_and_reference_agree_the_loss_is_known(string name, double expected) =>
        Objectives[name].Losses(TestLogits.Agreeing(4)).ToArray<double>().ShouldAllBe(loss => Math.Abs(loss - expected) < 1e-12);

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_gradient_is_the_slope_of_its_loss(string name)
    {
        var pairs = TestLogits.Pairs(5);
        var objective = Objectives[name];
        FiniteDifferences.ShouldMatch(chosen => objective.Losses(pairs with { PolicyChosen = chosen }), pairs.PolicyChosen);
        FiniteDifferences.ShouldMatch(rejected => objective.Losses(pairs with { PolicyRejected = rejected }), pairs.PolicyRejected);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_mean_loss_does_not_depend_on_the_order_of_pairs(string name)
    {
        var pairs = TestLogits.Pairs(5);
        var order = Tensor.From([3L, 0, 4, 1, 2], 5);
        var mixed = new PreferenceLogProbabilities(
            pairs.PolicyChosen.IndexSelect(0, order), pairs.PolicyRejected.IndexSelect(0, order),
            pairs.ReferenceChosen.IndexSelect(0, order), pairs.ReferenceRejected.IndexSelect(0, order));
        Objectives[name].Losses(mixed).Mean().Item<double>().ShouldBe(Objectives[name].Losses(pairs).Mean().Item<double>(), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Descending_prefers_the_chosen_answer(string name)
    {
        var pairs = TestLogits.Agreeing(4);
        pairs.PolicyChosen.RequireGrad();
        pairs.PolicyRejected.RequireGrad();
        Objectives[name].Losses(pairs).Mean().Backward();
        pairs.PolicyChosen.Grad()!.ToArray<double>().ShouldAllBe(slope => slope <= 0);
        pairs.PolicyRejected.Grad()!.ToArray<double>().ShouldAllBe(slope => slope >= 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pair_far_apart_gives_no_nan(string name)
    {
        var far = Tensor.From([-1e4f, -1e-3f], 2).RequireGrad();
        var losses = Objectives[name].Losses(new(far, Tensor.From([-1e-3f, -1e4f], 2), Tensor.From([-10f, -10], 2), Tensor.From([-10f, -10], 2)));
        losses.Sum().Backward();
        losses.IsFinite().All().Item<bool>().ShouldBeTrue();
        far.Grad()!.IsFinite().All().Item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Without_a_reference_dpo_does_not_look_at_it()
    {
        var pairs = TestLogits.Pairs(4);
        var even = pairs with { ReferenceChosen = Create.ZerosLike(pairs.PolicyChosen), ReferenceRejected = Create.ZerosLike(pairs.PolicyChosen) };
        Objectives["dpo reference-free"].Losses(pairs).ToArray<double>().ShouldBe(Objectives["dpo"].Losses(even).ToArray<double>(), 1e-12);
    }

    [Theory]
    [InlineData(1.0, 3.0, 0.5, 1.5)] // both bars are the batch means
    [InlineData(-1.0, -3.0, 0.0, 0.0)] // both means are below 0
    public void The_bars_of_paired_kto_are_batch_means_but_never_negative(double chosen, double rejected, double chosenBar, double rejectedBar)
    {
        var zero = Create.Zeros([2], DType.Float64);
        var losses = Objectives["kto-pair"].Losses(new(Tensor.From([chosen, 0], 2), Tensor.From([rejected, 0], 2), zero, zero)).ToArray<double>();
        double Loss(double x) => 1 - 1 / (1 + Math.Exp(-0.1 * x));
        double[] expected = [Loss(chosen - rejectedBar), Loss(-rejectedBar), Loss(chosenBar - rejected), Loss(chosenBar)];
        losses.ShouldBe(expected, 1e-12);
    }

    [Fact]
    public void Detached_bars_change_the_gradient_and_not_the_loss()
    {
        var detached = new KtoPair(new() { DetachBars = true });
        var zero = Create.Zeros([2], DType.Float64);
        Tensor Losses(KtoPair objective, Tensor rejected) => objective.Losses(new(zero, rejected, zero, zero));
        var through = Tensor.From([1.0, 3.0], 2).RequireGrad();
        var constant = Tensor.From([1.0, 3.0], 2).RequireGrad();
        var expected = Losses((KtoPair)Objectives["kto-pair"], through);
        Losses(detached, constant).ToArray<double>().ShouldBe(expected.ToArray<double>());

        Losses(detached, constant).Narrow(0, 0, 2).Sum().Backward(); // the chosen halves see the rejected answers through their bar only
        constant.Grad()!.ToArray<double>().ShouldBe([0, 0]);
        expected.Narrow(0, 0, 2).Sum().Backward();
        through.Grad()!.ToArray<double>().ShouldAllBe(slope => slope > 0);
    }

    [Fact]
    public void Only_paired_kto_looks_at_the_whole_batch() =>
        Objectives.Where(entry => entry.Value.UsesBatchStatistics).Select(entry => entry.Key).ShouldBe(["kto-pair"]);

    [Fact]
    public void Rewards_are_scaled_log_ratios_without_gradient()
    {
        var pairs = new PreferenceLogProbabilities(
            Tensor.From([-1f, -2, -3], 3).RequireGrad(), Tensor.From([-5f, -2, -1], 3), Tensor.From([-2f, -2, -2], 3), Tensor.From([-4f, -2, -2], 3));
        var rewards = PreferenceRewards.Of(pairs, 0.5);
        rewards.Chosen.ToArray<float>().ShouldBe([0.5f, 0, -0.5f]);
        rewards.Rejected.ToArray<float>().ShouldBe([-0.5f, 0, 0.5f]);
        rewards.Margins.ToArray<float>().ShouldBe([1, 0, -1]);
        rewards.Accuracies.ToArray<float>().ShouldBe([1, 0, 0]);
        rewards.Margins.RequiresGrad().ShouldBeFalse();
    }
}
