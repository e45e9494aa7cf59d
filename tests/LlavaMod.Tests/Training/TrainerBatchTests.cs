using System.Text.Json;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

/// <summary>What a step must not depend on: how its samples are cut into micro-batches, padded, ordered, and whether activations are kept.</summary>
public sealed class TrainerBatchTests : IDisposable
{
    private const double Tolerance = 1e-6;

    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    // Alone, a row has no padding; among seven others it has.
    [Theory]
    [InlineData("cross-entropy", false)]
    [InlineData("cross-entropy", true)]
    [InlineData("forward-kl", false)]
    [InlineData("forward-kl", true)]
    [InlineData("reverse-kl", false)]
    [InlineData("visual", false)]
    [InlineData("all scopes and cross-entropy", true)]
    [InlineData("dpo", false)]
    [InlineData("kto-pair", false)]
    [InlineData("kto-pair", true)]
    [InlineData("kto-pair and dpo", false)]
    [InlineData("kto-pair and forward-kl", true)]
    public void A_batch_of_8x1_equals_1x8_and_2x4(string objectives, bool sparse)
    {
        var samples = Samples(objectives, 8);
        var whole = Train(objectives, sparse, TinySamples.Batch(samples, 8));
        foreach (int size in (int[])[1, 4]) ShouldBeEqual(Train(objectives, sparse, TinySamples.Batch(samples, size)), whole);
    }

    [Theory]
    [InlineData("all scopes and cross-entropy", false, DType.Float32)]
    [InlineData("all scopes and cross-entropy", true, DType.Float32)]
    [InlineData("forward-kl", true, DType.BFloat16)]
    [InlineData("kto-pair and dpo", true, DType.Float32)]
    [InlineData("kto-pair and forward-kl and load-balance", true, DType.Float32)]
    public void Micro_batches_side_by_side_give_the_bits_of_one_after_another(string objectives, bool sparse, DType dtype)
    {
        var batch = TinySamples.Batch(Samples(objectives, 10), 2);
        var alone = Steps(1);
        foreach (int width in (int[])[2, 3, 8]) Steps(width).ShouldBe(alone);

        // Of three steps: losses, norms, metrics and expert loads, and the weights after them.
        List<string> Steps(int width)
        {
            using var training = Training(objectives, sparse, new TrainerOptions { ParallelMicroBatches = width, MeasureEvery = 2 }, dtype: dtype);
            var seen = Enumerable.Range(0, 3).Select(_ => JsonSerializer.Serialize(training.Step(batch))).ToList();
            return [.. seen, JsonSerializer.Serialize(training.Weights())];
        }
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_reported_for_the_first_micro_batch_that_has_one_and_nothing_is_updated()
    {
        using var training = Training("cross-entropy", false, new TrainerOptions { ParallelMicroBatches = 3 });
        var before = training.Weights();
        var batch = TinySamples.Batch(Samples("cross-entropy", 8), 1);
        foreach (int broken in (int[])[5, 6])
            batch[broken] = batch[broken] with { Images = [.. batch[broken].Images.Select(image => new PreparedImage($"broken {broken}", Array.ConvertAll(image.Pixels, _ => float.NaN)))] };
        Should.Throw<TrainingFailedException>(() => training.Step(batch)).Message
            .ShouldStartWith($"step 1: cross-entropy is NaN; samples {batch[5].SampleIds[0]}. ");
        training.Weights().ShouldBeNear(before, 0);
    }

    public static TheoryData<string, bool, double?> AllObjectives
    {
        get
        {
            var data = new TheoryData<string, bool, double?> { { "cross-entropy and forward-kl and load-balance", true, 0.7 }, { "kto-pair and load-balance", true, 0.7 } };
            foreach (var entry in Catalog<Objective>.Entries)
            {
                bool routes = entry.Type.IsSubclassOf(typeof(RouterObjective));
                string name = routes ? $"cross-entropy and {entry.Name}" : entry.Name;
                data.Add(name, true, null);
                if (!routes) data.Add(name, false, null);
            }
            data.Add("all scopes and cross-entropy", true, null);
            data.Add("kto-pair and forward-kl and load-balance", true, null);
            return data;
        }
    }

    // Rows of 30 hold two or three samples; among 8 samples some have no image and some two.
    [Theory]
    [MemberData(nameof(AllObjectives))]
    public void Samples_packed_into_rows_give_the_loss_and_gradients_of_rows_apart(string objectives, bool sparse, double? capacity)
    {
        var samples = Samples(objectives, 8);
        var experts = sparse ? TinyModels.Experts with { CapacityFactor = capacity } : null;
        foreach (int size in (int[])[8, 4])
        {
            var (apart, packed) = (TinySamples.Batch(samples, size), TinySamples.Batch(samples, size, packedTo: 30));
            packed.ShouldAllBe(micro => micro.Sequences.Rows < micro.SampleIds.Count);
            ShouldBeEqual(Train(objectives, experts, packed), Train(objectives, experts, apart), 1e-5);
        }
    }

    [Fact]
    public void Packed_rows_recompute_their_activations_alike()
    {
        var batch = TinySamples.Batch(Samples("", 6), 6, packedTo: 30);
        using var kept = Training("all scopes and cross-entropy", true);
        using var recomputed = Training("all scopes and cross-entropy", true, new TrainerOptions { Recompute = true });
        recomputed.Gradients(batch).ShouldBeNear(kept.Gradients(batch), 1e-7);
    }

    [Theory]
    [InlineData("cross-entropy", true)]
    [InlineData("forward-kl", false)]
    [InlineData("kto-pair", false)]
    public void The_order_of_the_samples_changes_nothing(string objectives, bool sparse)
    {
        var samples = Samples(objectives, 6);
        var forwards = Train(objectives, sparse, TinySamples.Batch(samples, 3));
        ShouldBeEqual(Train(objectives, sparse, TinySamples.Batch(Enumerable.Reverse(samples), 3)), forwards);
    }

    [Theory]
    [InlineData("all scopes and cross-entropy", false)]
    [InlineData("all scopes and cross-entropy", true)]
    [InlineData("kto-pair", false)]
    [InlineData("kto-pair", true)]
    public void Activation_checkpointing_gives_equal_gradients(string objectives, bool sparse)
    {
        var batch = TinySamples.Batch(Samples(objectives, 4), 2);
        using var kept = Training(objectives, sparse);
        using var recomputed = Training(objectives, sparse, new TrainerOptions { Recompute = true });
        recomputed.Gradients(batch).ShouldBeNear(kept.Gradients(batch), 1e-7);
    }

    [Theory]
    [InlineData("cross-entropy")]
    [InlineData("forward-kl")]
    public void Beside_a_preference_loss_a_token_objective_looks_at_the_chosen_answers(string name)
    {
        var batch = TinySamples.Batch(Samples("dpo", 4), 2);
        using var alone = Training(name, false);
        using var dpo = Training("dpo", false);
        using var both = Training($"dpo and {name}", false);
        var sum = dpo.Gradients(batch);
        foreach (var (parameter, gradient) in alone.Gradients([.. batch.Select(micro => micro with { Rejected = null })]))
        {
            for (int i = 0; i < gradient.Length; i++) sum[parameter][i] += gradient[i];
        }
        both.Gradients(batch).ShouldBeNear(sum, Tolerance);
    }

    [Fact]
    public void Measuring_the_objectives_shares_does_not_change_the_step()
    {
        var batch = TinySamples.Batch(Samples("", 4), 2);
        var plain = Train("all scopes and cross-entropy", true, batch, new TrainerOptions { MeasureEvery = 0 });
        var measured = Train("all scopes and cross-entropy", true, batch, new TrainerOptions { MeasureEvery = 1 });
        plain.Result.Shares.ShouldBeNull();
        measured.Result.Shares.ShouldNotBeNull().Keys.ShouldBe(["forward-kl", "cross-entropy"], ignoreOrder: true);
        measured.Result.Shares.Values.Sum().ShouldBe(1, Tolerance);
        ShouldBeEqual(measured, plain);
    }

    [Fact]
    public void A_tower_that_is_trained_sees_every_image_anew()
    {
        var samples = Samples("kto-pair", 4);
        using var whole = Training("kto-pair", false, trained: TinyTraining.All | ModelPart.Vision);
        using var cut = Training("kto-pair", false, trained: TinyTraining.All | ModelPart.Vision);
        for (int step = 0; step < 3; step++)
        {
            double loss = whole.Step(TinySamples.Batch(samples, 4)).Loss;
            cut.Step(TinySamples.Batch(samples, 2)).Loss.ShouldBe(loss, Tolerance);
        }
        cut.Weights().ShouldBeNear(whole.Weights(), Tolerance);
    }

    private sealed record Outcome(StepResult Result, Dictionary<string, double[]> Gradients, Dictionary<string, double[]> Weights);

    private static Outcome Train(string objectives, bool sparse, List<MicroBatch> batch, TrainerOptions? options = null) =>
        Train(objectives, sparse ? TinyModels.Experts : null, batch, options);

    private static Outcome Train(string objectives, ExpertsConfig? experts, List<MicroBatch> batch, TrainerOptions? options = null)
    {
        using var training = new TinyTraining(Objectives(objectives), experts, options: options);
        var gradients = training.Gradients(batch);
        return new Outcome(training.Step(batch), gradients, training.Weights());
    }

    private static TinyTraining Training(
        string objectives, bool sparse, TrainerOptions? options = null, ModelPart trained = TinyTraining.All, DType dtype = DType.Float32) =>
        new(Objectives(objectives), sparse ? TinyModels.Experts : null, trained, dtype, options);

    private static WeightedObjective[] Objectives(string name) => name switch
    {
        "visual" => [TinyTraining.Mimic(("visual", 1))],
        "all scopes and cross-entropy" =>
            [TinyTraining.Mimic(("response", 1), ("prompt", 0.5), ("visual", 0.25)), .. TinyTraining.Objectives("cross-entropy")],
        _ => TinyTraining.Objectives(name.Split(" and ")),
    };

    private static List<TrainingSample> Samples(string objectives, int count) =>
        [.. Enumerable.Range(0, count).Select(number => Catalog<Objective>.Entries.Any(entry => entry.Type.IsSubclassOf(typeof(PreferenceObjective)) && objectives.Contains(entry.Name)) ? TinySamples.Pair(number) : TinySamples.Supervised(number))];

    // The tolerance is relative above 1: ipo's losses and gradients are in the hundreds.
    private static void ShouldBeEqual(Outcome actual, Outcome expected, double tolerance = Tolerance)
    {
        double norm = Math.Max(1, expected.Result.GradientNorm);
        actual.Result.Loss.ShouldBe(expected.Result.Loss, tolerance * Math.Max(1, expected.Result.Loss));
        foreach (var (name, loss) in expected.Result.Objectives) actual.Result.Objectives[name].ShouldBe(loss, tolerance * Math.Max(1, loss), name);
        actual.Result.GradientNorm.ShouldBe(expected.Result.GradientNorm, tolerance * norm);
        actual.Result.Tokens.ShouldBe(expected.Result.Tokens);
        (actual.Result.Preference is null).ShouldBe(expected.Result.Preference is null);
        if (expected.Result.Preference is { } metrics)
        {
            actual.Result.Preference!.ChosenReward.ShouldBe(metrics.ChosenReward, 1e-5);
            actual.Result.Preference.RejectedReward.ShouldBe(metrics.RejectedReward, 1e-5);
            actual.Result.Preference.Accuracy.ShouldBe(metrics.Accuracy, Tolerance);
        }
        actual.Gradients.ShouldBeNear(expected.Gradients, Math.Max(1e-5, tolerance * norm));
        actual.Weights.ShouldBeNear(expected.Weights, tolerance);
    }
}
