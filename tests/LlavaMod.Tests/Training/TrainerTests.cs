using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Objectives;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    private static List<MicroBatch> Batch(int count, int size = 2) => TinySamples.Batch(Enumerable.Range(0, count).Select(TinySamples.Supervised), size);

    private static List<MicroBatch> PairBatch(int count, int size = 2) => TinySamples.Batch(Enumerable.Range(0, count).Select(TinySamples.Pair), size);

    [Fact]
    public void A_step_tells_what_it_did()
    {
        var objectives = TinyTraining.Objectives("forward-kl", "cross-entropy", "load-balance");
        objectives[2] = objectives[2] with { Weight = 0.01 };
        using var training = new TinyTraining(objectives, TinyModels.Experts);
        var batch = Batch(6);
        double[] gradient = [.. training.Gradients(batch).Values.SelectMany(values => values)];

        var result = training.Step(batch);
        result.Step.ShouldBe(1);
        result.LearningRate.ShouldBe(0.01);
        result.Tokens.ShouldBe(Enumerable.Range(0, 6).Sum(number => Splicer.LengthOf(TinySamples.Supervised(number).Chosen, TinyModels.Patches)));
        result.Loss.ShouldBe(result.Objectives["forward-kl"] + result.Objectives["cross-entropy"] + 0.01 * result.Objectives["load-balance"], 1e-12);
        result.Objectives["load-balance"].ShouldBeInRange(0.5, 4);
        result.GradientNorm.ShouldBe(Math.Sqrt(gradient.Sum(value => value * value)), 1e-5);
        var experts = result.Experts.ShouldNotBeNull().ShouldHaveSingleItem();
        experts.Layer.ShouldBe(0);
        experts.Load.Sum().ShouldBe(1, 1e-9);
        result.Preference.ShouldBeNull();

        training.Step(batch).Step.ShouldBe(2);
        training.Step(batch).LearningRate.ShouldBe(0.01 * (1 - 2.0 / 1000), 1e-12);
    }

    [Fact]
    public void Rewards_are_measured_with_the_objectives_own_beta()
    {
        using var training = new TinyTraining([new WeightedObjective("dpo", new DpoSigmoid(new() { Beta = 0.5 }), 1)]);
        using var same = new TinyTraining(TinyTraining.Objectives("dpo")); // beta 0.1
        var rewards = training.Step(PairBatch(4)).Preference.ShouldNotBeNull();
        var smaller = same.Step(PairBatch(4)).Preference.ShouldNotBeNull();
        rewards.ChosenReward.ShouldBe(5 * smaller.ChosenReward, 1e-5);
        rewards.Margin.ShouldBe(5 * smaller.Margin, 1e-5);
    }

    [Fact]
    public void Training_lowers_the_loss()
    {
        using var training = new TinyTraining(TinyTraining.Objectives("forward-kl"), TinyModels.Experts, rate: 0.1);
        double first = training.Step(Batch(8, 4)).Loss, last = 0;
        for (int step = 0; step < 60; step++) last = training.Step(Batch(8, 4)).Loss;
        last.ShouldBeLessThan(first / 2);
    }

    [Fact]
    public void Frozen_parameters_do_not_move()
    {
        using var training = new TinyTraining(TinyTraining.Objectives("cross-entropy"), TinyModels.Experts, ModelPart.Connector | ModelPart.Routers);
        var others = training.Student.AllParameters.Except(training.Trained).ToList();
        var frozen = new FrozenWeights(others);
        frozen.Count.ShouldBe(others.Count);
        var before = training.Weights();
        for (int step = 0; step < 5; step++) training.Step(Batch(4));
        frozen.Verify(training.Student.AllParameters, "d2s");
        training.Trained.ShouldAllBe(parameter => !before[parameter.Name].SequenceEqual(training.Weights()[parameter.Name]));
    }

    [Fact]
    public void A_frozen_parameter_that_moves_is_named()
    {
        using var training = new TinyTraining(TinyTraining.Objectives("cross-entropy"), trained: ModelPart.Connector);
        var frozen = new FrozenWeights(training.Student.AllParameters.Except(training.Trained));
        training.Student.Parameters["model.norm.weight"].Value.Add_(1e-6);
        var error = Should.Throw<TrainingFailedException>(() => frozen.Verify(training.Student.AllParameters, "init"));
        error.Message.ShouldContain("stage init: 1 of ");
        error.Message.ShouldContain("model.norm.weight");
    }

    [Theory]
    [InlineData("cross-entropy", false)]
    [InlineData("kto-pair", true)]
    public void A_loss_that_is_not_a_number_names_step_samples_and_objective_and_changes_nothing(string objective, bool pairs)
    {
        using var training = new TinyTraining(TinyTraining.Objectives(objective));
        using var untouched = new TinyTraining(TinyTraining.Objectives(objective));
        var good = pairs ? PairBatch(3, 1) : Batch(3, 1);
        var broken = good[1] with { SampleIds = ["broken"], Images = [new PreparedImage("broken", Enumerable.Repeat(float.NaN, 48).ToArray())] };
        var before = training.Weights();

        // The micro-batch before the broken one has left its gradients behind when the step fails.
        var error = Should.Throw<TrainingFailedException>(() => training.Step([good[0], broken, good[2]]));
        error.Message.ShouldStartWith($"step 1: {objective} ");
        error.Message.ShouldContain("samples broken.");
        training.Weights().ShouldBeNear(before, 0);
        training.Optimizer.Steps.ShouldBe(0);
        training.Step(good).Loss.ShouldBe(untouched.Step(good).Loss);
        training.Weights().ShouldBeNear(untouched.Weights(), 0);
    }

    [Fact]
    public void A_batch_without_anything_to_learn_is_refused()
    {
        using var training = new TinyTraining([TinyTraining.Mimic(("visual", 1))]);
        var texts = TinySamples.Batch([TinySamples.Supervised(0), TinySamples.Supervised(3)], 1);
        Should.Throw<TrainingFailedException>(() => training.Step(texts)).Message
            .ShouldBe("step 1: samples sample-0, sample-3 have no token that any objective looks at");
    }

    [Fact]
    public void Gradients_are_clipped_together()
    {
        using var training = new TinyTraining(TinyTraining.Objectives("cross-entropy"), options: new TrainerOptions { Clip = 1e-9 });
        using var free = new TinyTraining(TinyTraining.Objectives("cross-entropy"));
        var before = training.Weights();
        training.Step(Batch(4)).GradientNorm.ShouldBe(free.Step(Batch(4)).GradientNorm, 1e-6); // before clipping
        training.Weights().ShouldBeNear(before, 1e-8);
    }

    [Theory]
    [InlineData("forward-kl", false)]
    [InlineData("kto-pair", true)]
    public void A_student_in_bf16_trains_close_to_one_in_fp32(string objective, bool pairs)
    {
        using var half = new TinyTraining(TinyTraining.Objectives(objective), TinyModels.Experts, dtype: DType.BFloat16, rate: 0.1);
        using var full = new TinyTraining(TinyTraining.Objectives(objective), TinyModels.Experts, rate: 0.1);
        var batch = pairs ? PairBatch(6, 3) : Batch(6, 3);
        double first = half.Step(batch).Loss;
        first.ShouldBe(full.Step(batch).Loss, 0.05 * first);
        double last = first;
        for (int step = 0; step < 30; step++)
        {
            last = half.Step(batch).Loss;
            double.IsFinite(last).ShouldBeTrue();
        }
        last.ShouldBeLessThan(0.9 * first);
        half.Student.Parameters.Parameters.Where(parameter => parameter.Value.DType == DType.BFloat16).ShouldNotBeEmpty();
    }
}
