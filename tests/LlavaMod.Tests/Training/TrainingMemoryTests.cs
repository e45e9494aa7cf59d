using LlavaMod.Checkpoints;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Models.Vision;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

/// <summary>These count the process's live tensors, and so run alone.</summary>
[CollectionDefinition("live tensors", DisableParallelization = true)]
public sealed class LiveTensors;

[Collection("live tensors")]
public sealed class TrainingMemoryTests
{
    [Theory]
    [InlineData(DType.Float32, false, 200)]
    [InlineData(DType.BFloat16, true, 20)]
    public void Steps_leave_no_tensor_behind(DType dtype, bool recompute, int steps)
    {
        var options = new TrainerOptions { MeasureEvery = 10, Recompute = recompute };
        var objectives = TinyTraining.Objectives("forward-kl", "cross-entropy", "load-balance");
        ShouldNotGrow(objectives, TinySamples.Batch(Enumerable.Range(0, 4).Select(TinySamples.Supervised), 2), dtype, options, steps);
        ShouldNotGrow(
            TinyTraining.Objectives("kto-pair", "load-balance"), TinySamples.Batch(Enumerable.Range(0, 4).Select(TinySamples.Pair), 2), dtype, options, steps / 2);
    }

    private static void ShouldNotGrow(WeightedObjective[] objectives, List<MicroBatch> batch, DType dtype, TrainerOptions options, int steps)
    {
        long start = Tensor.Live;
        using (var training = new TinyTraining(objectives, TinyModels.Experts, dtype: dtype, options: options))
        {
            training.Step(batch); // keeps the features of a frozen tower
            long before = Tensor.Live;
            for (int step = 0; step < steps; step++)
            {
                training.Step(batch);
                Tensor.Live.ShouldBe(before, $"after step {step}");
            }
        }
        Tensor.Live.ShouldBe(start, "after the training");
    }

    [Theory, InlineData(false, 0), InlineData(true, 3)]
    public void Features_of_pictures_that_do_not_come_again_leave_with_the_step(bool keeps, int left)
    {
        var config = new VisionConfig { HiddenSize = 8, IntermediateSize = 16, NumHiddenLayers = 1, NumAttentionHeads = 2, ImageSize = 14, PatchSize = 7 };
        var tower = VisionTower.Build(config, new RandomParameters(1), DType.Float32, Device.Cpu);
        var images = Enumerable.Range(0, 3).Select(i => new PreparedImage($"{i}", new float[3 * 14 * 14])).ToArray();
        using (var vision = new VisionFeatures { Keeps = keeps })
        {
            long before = Tensor.Live;
            for (int pass = 0; pass < 2; pass++) // a student's, and its reference's
            {
                using (new TensorScope()) vision.Of(tower, images, trained: false);
                Tensor.Live.ShouldBe(before + 3);
            }
            vision.EndStep();
            Tensor.Live.ShouldBe(before + left);
        }
        tower.Store.Dispose();
    }

    [Fact]
    public void A_step_that_fails_leaves_no_tensor_behind()
    {
        using var training = new TinyTraining(TinyTraining.Objectives("cross-entropy"));
        var batch = TinySamples.Batch([TinySamples.Supervised(1), TinySamples.Supervised(2)], 1);
        training.Step(batch);
        var broken = batch[1] with { Images = [.. batch[1].Images.Select(image => image with { Key = "broken", Pixels = [.. image.Pixels.Select(_ => float.NaN)] })] };
        Should.Throw<TrainingFailedException>(() => training.Step([batch[0], broken]));
        long before = Tensor.Live;
        for (int i = 0; i < 3; i++) Should.Throw<TrainingFailedException>(() => training.Step([batch[0], broken]));
        Tensor.Live.ShouldBe(before);
    }

    [Fact]
    public void Answering_leaves_no_tensor_behind()
    {
        using var model = TinyModels.Build(1);
        using var vision = new VisionFeatures();
        var options = new GenerationOptions { MaxNewTokens = 5 };
        GenerationRequest[] requests = [.. Enumerable.Range(0, 3).Select(TinySamples.Supervised).Select(sample => new GenerationRequest(new Prompt(sample.Chosen, sample.Images), options))];
        new Generator(model, vision).Generate(requests);
        long before = Tensor.Live;
        new Generator(model, vision).Generate(requests);
        Tensor.Live.ShouldBe(before);
    }

    [Fact]
    public void A_checkpoint_that_does_not_load_leaves_no_tensor_behind()
    {
        using var folder = new TemporaryFolder();
        using (var scope = new TensorScope())
        {
            using var model = TinyModels.Build(1);
            ModelFolder.Save(model, folder.Path);
            SafetensorsWriter.Write(folder[ModelFolder.WeightsFile], [KeyValuePair.Create("model.norm.weight", Create.Zeros([3]))]);
        }
        long before = Tensor.Live;
        Should.Throw<UserError>(() => ModelFolder.Load(folder.Path));
        Tensor.Live.ShouldBe(before);
    }
}
