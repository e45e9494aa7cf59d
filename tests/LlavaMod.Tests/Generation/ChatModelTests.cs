using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Generation;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Generation;

public sealed class ChatModelTests : IDisposable
{
    private const string Question = "Is there a red circle?";

    private static readonly RgbImage Picture = new(5, 3, [.. Enumerable.Range(0, 45).Select(value => (byte)(value * 5))]);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_question_about_a_picture_is_answered_as_the_generator_does_it()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        var answer = chat.Answer(Question, Picture);
        answer.ShouldNotBeEmpty();

        using var scope = new TensorScope();
        using var vision = new VisionFeatures();
        int[] ids = chat.Encoding.Template.EncodePrompt([new Turn(Role.Human, $"<image>\n{Question}")], chat.Encoding.Tokenizer);
        var prompt = new Prompt(new EncodedSample("x", ids, ids), [new PreparedImage("x", chat.Encoding.Preprocessor!.Apply(Picture))]);
        var generator = new Generator(chat.Model, vision, ends: [chat.Encoding.Tokenizer.EndOfText]);
        var tokens = generator.Generate([new GenerationRequest(prompt, new GenerationOptions())])[0].Tokens;
        answer.ShouldBe(chat.Encoding.Tokenizer.Decode([.. tokens], skipSpecial: true).Trim());
    }

    [Fact]
    public void Pictures_come_before_a_question_that_does_not_place_them()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        chat.Answer(Question, Picture, Picture).ShouldBe(chat.Answer($"<image>\n<image>\n{Question}", Picture, Picture));
        chat.Answer(Question, Picture).ShouldBe(chat.Answer([new Turn(Role.Human, $"<image>\n{Question}")], [Picture]));
        chat.Answer(Question).ShouldBe(chat.Answer([new Turn(Role.Human, Question)], []));
    }

    [Fact]
    public void An_answer_keeps_to_the_limit()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        var turns = new[] { new Turn(Role.Human, Question), new Turn(Role.Assistant, "A red circle."), new Turn(Role.Human, Question) };
        string longer = chat.Answer(turns, [], maxNewTokens: 20), shorter = chat.Answer(turns, [], maxNewTokens: 5);
        shorter.Length.ShouldBeLessThan(longer.Length);
        longer.ShouldStartWith(shorter.TrimEnd('\uFFFD')); // a character may be cut in two
    }

    [Fact]
    public void A_question_that_does_not_fit_is_refused()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        Refused(() => chat.Answer($"<image>\n{Question}"), "there are 0 pictures, and the conversation says <image> 1 times");
        Refused(() => chat.Answer([new Turn(Role.Human, Question)], [Picture]), "there are 1 pictures, and the conversation says <image> 0 times");
        Refused(() => chat.Answer(string.Concat(Enumerable.Repeat(Question, 20))), "the model reads 120 in all");
    }

    [Fact]
    public void A_model_of_text_alone_is_asked_without_pictures()
    {
        ModelOnDisk.Write(folder.Path, ModelOnDisk.Config with { Vision = null, Connector = null });
        using var chat = ChatModel.Load(folder.Path);
        chat.Answer(Question).ShouldNotBeEmpty();
        Refused(() => chat.Answer(Question, Picture), "no vision tower");
    }

    [Fact]
    public void Files_that_do_not_belong_together_are_refused()
    {
        ModelOnDisk.Write(folder["words"], TinyModels.Config());
        Refused(() => ChatModel.Load(folder["words"]), "tokens and the model 40; they do not belong together");
        ModelOnDisk.Write(folder["size"], side: TinyModels.Side * 2);
        Refused(() => ChatModel.Load(folder["size"]), "makes pictures of 8 pixels, and the vision tower looks at 4");
        ModelOnDisk.Write(folder["blind"]);
        File.Delete(Path.Combine(folder["blind"], ImagePreprocessor.FileName));
        Refused(() => ChatModel.Load(folder["blind"]), "there is no preprocessor_config.json");
    }

    private static void Refused(Action action, string message) => Should.Throw<UserError>(action).Message.ShouldContain(message);
}
