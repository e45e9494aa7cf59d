using LlavaMod.Data;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Tests.Models;
using LlavaMod.Tests.Training;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Generation;

public sealed class GreedyGeneratorTests : IDisposable
{
    private const int Most = 8;
    private const float Tolerance = 1e-5f;

    private readonly TensorScope scope = new();
    private readonly VisionFeatures vision = new();

    public void Dispose()
    {
        vision.Dispose();
        scope.Dispose();
    }

    // Of different lengths, with 0, 1 and 2 images.
    private static readonly Prompt[] Prompts =
        [.. Enumerable.Range(3, 3).Select(TinySamples.Supervised).Select(sample => new Prompt(sample.Chosen, sample.Images))];

    private static Llava Model(bool sparse) => TinyModels.Build(7, TinyModels.Config(sparse ? TinyModels.Experts : null, tied: false));

    // Answers, and the logits [V] of every row and step.
    private (IReadOnlyList<int[]> Answers, float[][][] Logits) Generate(Llava model, Prompt[] prompts, int? endOfText = null)
    {
        var steps = new List<float[][]>();
        var answers = new GreedyGenerator(model, vision).Generate(
            prompts, Most, endOfText, logits => steps.Add([.. logits.ToArray<float>().Chunk(TinyModels.Words)]));
        return (answers, [.. steps]);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Prompts_in_one_batch_are_answered_as_each_is_alone(bool sparse)
    {
        using var model = Model(sparse);
        var together = Generate(model, Prompts);
        for (int row = 0; row < Prompts.Length; row++)
        {
            var alone = Generate(model, [Prompts[row]]);
            together.Answers[row].ShouldBe(alone.Answers[0]);
            alone.Answers[0].Length.ShouldBe(Most);
            for (int step = 0; step < Most; step++) together.Logits[step][row].ShouldBe(alone.Logits[step][0], Tolerance);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void The_cache_gives_what_a_pass_over_everything_gives(bool sparse)
    {
        using var model = Model(sparse);
        foreach (var prompt in Prompts)
        {
            var (answers, logits) = Generate(model, [prompt]);
            for (int step = 0; step < Most; step++) logits[step][0].ShouldBe(FullPass(model, prompt, answers[0][..step]), Tolerance);
        }
    }

    private float[] FullPass(Llava model, Prompt prompt, int[] answer)
    {
        int[] ids = [.. prompt.Sequence.InputIds, .. answer];
        var batch = Splicer.Splice([new EncodedSample("all", ids, ids)], new SpliceOptions { TokensPerImage = model.TokensPerImage });
        var features = vision.Of(model.Tower, prompt.Images, trained: false);
        var hidden = model.Forward(LlavaInput.From(batch, Device.Cpu), features, new RoutingPass());
        return model.Language.Logits(hidden.Select(1, hidden.Size(1) - 1)).ToArray<float>();
    }

    [Fact]
    public void An_answer_ends_before_the_end_of_text_and_the_others_go_on()
    {
        using var model = Model(sparse: false);
        var free = Generate(model, Prompts).Answers;
        int end = free[0][2];
        var answers = Generate(model, Prompts, end).Answers;
        answers[0].ShouldBe(free[0].TakeWhile(token => token != end));
        for (int row = 0; row < Prompts.Length; row++) answers[row].ShouldBe(free[row].TakeWhile(token => token != end));
        answers.ShouldContain(answer => answer.Length == Most, "all rows end at once: this shows nothing");
    }

    [Fact]
    public void Generation_ends_when_every_answer_has()
    {
        using var model = Model(sparse: false);
        int first = Generate(model, [Prompts[0]]).Answers[0][0];
        var (answers, logits) = Generate(model, [Prompts[0]], first);
        answers[0].ShouldBeEmpty();
        logits.Length.ShouldBe(1);
    }

    [Fact]
    public void Generation_can_be_cancelled()
    {
        using var model = Model(sparse: false);
        using var source = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() =>
            new GreedyGenerator(model, vision).Generate(Prompts, Most, null, _ => source.Cancel(), source.Token));
    }
}
