using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

public sealed class PreferencePassTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Answers_behind_one_prompt_have_the_log_probabilities_of_answers_apart(bool packed, bool sparse)
    {
        using var model = TinyModels.Build(3, TinyModels.Config(sparse ? TinyModels.Experts : null));
        using var vision = new VisionFeatures();
        using var mode = GradMode.Off();
        var batch = TinySamples.Batch(Enumerable.Range(0, 7).Select(TinySamples.Pair), 7, packed ? 64 : null)[0];
        var features = vision.Of(model.Tower, batch.Images, trained: false);
        var (chosen, rejected) = PreferencePass.LogProbabilities(model, batch.Sequences, batch.Rejected!, features);
        Near(chosen, Apart(batch.Sequences));
        Near(rejected, Apart(batch.Rejected!));

        Tensor Apart(SplicedBatch answers) => PreferencePass.LogProbabilities(model, answers, features, new RoutingPass { TokenMask = LlavaInput.From(answers, Device.Cpu).Mask?.Reshape(-1) });
    }

    [Fact]
    public void Pairs_without_pictures_do_too()
    {
        using var model = TinyModels.Build(3);
        using var mode = GradMode.Off();
        var batch = TinySamples.Batch(new[] { 0, 3, 6 }.Select(TinySamples.Pair), 3)[0];
        var (chosen, rejected) = PreferencePass.LogProbabilities(model, batch.Sequences, batch.Rejected!, features: null);
        Near(chosen, PreferencePass.LogProbabilities(model, batch.Sequences, null, new RoutingPass()));
        Near(rejected, PreferencePass.LogProbabilities(model, batch.Rejected!, null, new RoutingPass()));
    }

    private static void Near(Tensor found, Tensor expected)
    {
        found.Shape.ShouldBe(expected.Shape);
        float[] one = found.ToArray<float>(), other = expected.ToArray<float>();
        for (int i = 0; i < one.Length; i++) one[i].ShouldBe(other[i], 2e-5 * Math.Abs(other[i]));
    }
}
