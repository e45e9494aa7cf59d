using LlavaMod.Data;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Tests.Models;
using LlavaMod.Tests.Training;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Generation;

public sealed class GeneratorTests : IDisposable
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

    private static GenerationRequest[] Requests(IEnumerable<Prompt> prompts, GenerationOptions options) =>
        [.. prompts.Select(prompt => new GenerationRequest(prompt, options))];

    // Answers, and the logits [V] of every step and row of the batch.
    private (int[][] Answers, float[][][] Logits) Generate(Llava model, Prompt[] prompts, params int[] ends)
    {
        var steps = new List<float[][]>();
        var generator = new Generator(model, vision, ends: ends) { OnLogits = logits => steps.Add([.. logits.ToArray<float>().Chunk(TinyModels.Words)]) };
        var answers = generator.Generate(Requests(prompts, new GenerationOptions { MaxNewTokens = Most }));
        return ([.. answers.Select(answer => answer.Tokens.ToArray())], [.. steps]);
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
        for (int row = 0; row < Prompts.Length; row++) answers[row].ShouldBe(free[row].TakeWhile(token => token != end));
        answers.ShouldContain(answer => answer.Length == Most, "all rows end at once: this shows nothing");
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Answers_that_have_ended_leave_the_batch_and_the_others_stay_the_same(bool sparse)
    {
        using var model = Model(sparse);
        Prompt[] prompts = [.. Enumerable.Range(0, 8).Select(TinySamples.Supervised).Select(sample => new Prompt(sample.Chosen, sample.Images))];
        var alone = prompts.Select(prompt => Generate(model, [prompt]).Answers[0]).ToArray();
        // Limits of 1, 2, .. 8 tokens.
        var requests = prompts.Select((prompt, row) => new GenerationRequest(prompt, new GenerationOptions { MaxNewTokens = row + 1 })).ToArray();
        var batchSizes = new List<long>();
        var answers = new Generator(model, vision) { OnLogits = logits => batchSizes.Add(logits.Size(0)) }.Generate(requests);
        for (int row = 0; row < prompts.Length; row++) answers[row].Tokens.ShouldBe(alone[row][..(row + 1)]);
        batchSizes.ShouldBe([8, 8, 8, 8, 4, 4, 2, 1]);
    }

    [Fact]
    public void Generation_ends_when_every_answer_has()
    {
        using var model = Model(sparse: false);
        int first = Generate(model, [Prompts[0]]).Answers[0][0];
        var (answers, logits) = Generate(model, [Prompts[0]], Splicer.ImageId, first);
        answers[0].ShouldBeEmpty();
        logits.Length.ShouldBe(1);
    }

    [Fact]
    public void An_answer_says_why_it_ended_and_what_it_took()
    {
        using var model = Model(sparse: false);
        int[] free = Generate(model, [Prompts[2]]).Answers[0];
        var request = Requests([Prompts[2]], new GenerationOptions { MaxNewTokens = Most });
        var cut = new Generator(model, vision).Generate(request)[0];
        cut.Finish.ShouldBe(FinishReason.Length);
        cut.CompletionTokens.ShouldBe(Most);
        cut.PromptTokens.ShouldBe(Prompts[2].Sequence.InputIds.Length + 2 * (TinyModels.Patches - 1));
        var ended = new Generator(model, vision, ends: [free[^1]]).Generate(request)[0];
        ended.Finish.ShouldBe(FinishReason.Stop);
        ended.Tokens.ShouldBe(free.TakeWhile(token => token != free[^1]));
    }

    [Fact]
    public void A_prompt_of_the_model_s_longest_sequence_is_refused_and_a_shorter_one_gets_what_is_left()
    {
        int length = Prompts[0].Sequence.InputIds.Length;
        using var full = TinyModels.Build(7, WithLongest(length));
        Should.Throw<UserError>(() => Generate(full, [Prompts[0]])).Message.ShouldBe(
            $"sample-3 has {length} tokens with its pictures; the model reads {length} in all, the answer included: ask less at once");
        using var nearly = TinyModels.Build(7, WithLongest(length + 2));
        Generate(nearly, [Prompts[0]]).Answers[0].Length.ShouldBe(2);

        static LlavaConfig WithLongest(int tokens)
        {
            var config = TinyModels.Config();
            return config with { Language = config.Language with { MaxPositionEmbeddings = tokens } };
        }
    }

    [Fact]
    public void A_step_gives_a_token_of_every_answer_that_goes_on()
    {
        using var model = Model(sparse: false);
        var requests = Prompts.Select((prompt, row) => new GenerationRequest(prompt, new GenerationOptions { MaxNewTokens = row + 1 })).ToArray();
        using var session = new Generator(model, vision).Start(requests);
        var seen = new List<(int Request, FinishReason? Finish)>();
        while (!session.IsDone) seen.AddRange(session.Step().Select(token => (token.Request, token.Finish)));
        seen.ShouldBe([(0, FinishReason.Length), (1, null), (2, null), (1, FinishReason.Length), (2, null), (2, FinishReason.Length)]);
        Should.Throw<InvalidOperationException>(() => session.Step());
    }

    [Fact]
    public void Prompts_that_are_passed_in_groups_are_answered_as_in_one_pass()
    {
        using var model = Model(sparse: true);
        var together = Generate(model, Prompts);
        var batch = new PromptBatch(model, Prompts, mostBytes: 1); // a row a pass
        using var cache = new KvCache(model.Language.Config, Prompts.Length, batch.Length, DType.Float32, Device.Cpu);
        using var mode = GradMode.Off();
        var logits = model.Language.Logits(batch.Prefill(cache, vision, CancellationToken.None)).ToArray<float>();
        logits.ShouldBe(together.Logits[0].SelectMany(row => row), Tolerance);
        cache.Length.ShouldBe(batch.Length);
    }

    [Fact]
    public void Answers_go_on_from_prompts_that_were_passed_in_groups()
    {
        using var model = Model(sparse: false);
        var options = new GenerationOptions { MaxNewTokens = Most };
        var answers = new Generator(model, vision) { MostPrefillBytes = 1 }.Generate(Requests(Prompts, options));
        answers.Select(answer => answer.Tokens).ShouldBe(Generate(model, Prompts).Answers);
    }
}
