using LlavaMod.Data;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Tests.Models;
using LlavaMod.Tests.Training;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Generation;

/// <summary>Answers that are cut off release what they hold. Live tensors are those of the whole process.</summary>
[Collection("live tensors")]
public sealed class GenerationMemoryTests : IDisposable
{
    private const string Question = "Is there a red circle?";

    private readonly TensorScope scope = new();
    private readonly VisionFeatures vision = new();
    private readonly Llava model = TinyModels.Build(7, TinyModels.Config(TinyModels.Experts, tied: false));
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        model.Dispose();
        vision.Dispose();
        scope.Dispose();
    }

    // Of different lengths, with 0, 1 and 2 images.
    private static readonly Prompt[] Prompts =
        [.. Enumerable.Range(3, 3).Select(TinySamples.Supervised).Select(sample => new Prompt(sample.Chosen, sample.Images))];

    private static readonly GenerationRequest[] Requests = [.. Prompts.Select(prompt => new GenerationRequest(prompt, new GenerationOptions { MaxNewTokens = 8 }))];

    [Fact]
    public void Cancelling_leaves_no_tensor_behind()
    {
        new Generator(model, vision).Generate(Requests);
        long before = Tensor.Live;
        foreach (int step in (int[])[0, 1, 3])
        {
            using var source = new CancellationTokenSource();
            int made = 0;
            if (step == 0) source.Cancel();
            Should.Throw<OperationCanceledException>(() => new Generator(model, vision).Generate(
                Requests, _ => { if (++made == step * Prompts.Length) source.Cancel(); }, source.Token));
            made.ShouldBe(step * Prompts.Length);
            Tensor.Live.ShouldBe(before);
        }
    }

    [Fact]
    public void Cancelling_between_groups_of_prompts_leaves_no_tensor_behind()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        long before = Tensor.Live;
        using (var cache = new KvCache(model.Language.Config, Prompts.Length, 100, DType.Float32, Device.Cpu))
            Should.Throw<OperationCanceledException>(() => new PromptBatch(model, Prompts, mostBytes: 1).Prefill(cache, vision, source.Token));
        Tensor.Live.ShouldBe(before);
    }

    [Fact]
    public void Answers_in_groups_that_leave_the_batch_one_by_one_leave_no_tensor_behind()
    {
        GenerationRequest[] requests = [.. Prompts.Select((prompt, row) => new GenerationRequest(prompt, new GenerationOptions { MaxNewTokens = row + 1, Temperature = 1, Seed = 1 }))];
        new Generator(model, vision).Generate(requests);
        long before = Tensor.Live;
        new Generator(model, vision) { MostPrefillBytes = 1 }.Generate(requests);
        Tensor.Live.ShouldBe(before);
    }

    [Fact]
    public void A_chat_that_is_cancelled_within_an_answer_leaves_no_tensor_behind()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        long before = Tensor.Live;
        using var source = new CancellationTokenSource();
        int pieces = 0;
        Should.Throw<OperationCanceledException>(() => chat.Answer(
            new Conversation([new Turn(Role.Human, Question)], []), onText: _ => { if (++pieces == 2) source.Cancel(); }, cancellation: source.Token));
        pieces.ShouldBe(2);
        Tensor.Live.ShouldBe(before);
    }
}
