using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Generation;
using LlavaMod.Recipes;
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
        chat.Answer(Question, Picture).ShouldBe(chat.Answer(Asked($"<image>\n{Question}", Picture)).Text);
        chat.Answer(Question).ShouldBe(chat.Answer(Asked(Question)).Text);
    }

    [Fact]
    public void Conversations_of_one_batch_look_at_their_own_pictures()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        var options = new GenerationOptions { MaxNewTokens = 1, LogProbabilities = 0 };
        var other = new RgbImage(5, 3, [.. Enumerable.Range(0, 45).Select(value => (byte)(255 - value * 5))]);
        Conversation[] conversations = [Asked($"<image>\n{Question}", Picture), Asked($"<image>\n{Question}", other), Asked(Question)];
        using var session = chat.Start(conversations, options);
        while (!session.IsDone) session.Step();
        double[] together = [.. session.Answers.Select(answer => answer.LogProbabilities![0].LogProbability)];
        double[] alone = [.. conversations.Select(conversation => chat.Answer(conversation, options).Generated.LogProbabilities![0].LogProbability)];
        for (int i = 0; i < alone.Length; i++) together[i].ShouldBe(alone[i], 1e-5);
        Math.Abs(alone[0] - alone[1]).ShouldBeGreaterThan(1e-3);
    }

    [Fact]
    public void An_answer_keeps_to_the_limit()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        var conversation = new Conversation([new(Role.Human, Question), new(Role.Assistant, "A red circle."), new(Role.Human, Question)], []);
        string longer = chat.Answer(conversation, new() { MaxNewTokens = 20 }).Text, shorter = chat.Answer(conversation, new() { MaxNewTokens = 5 }).Text;
        shorter.Length.ShouldBeLessThan(longer.Length);
        longer.ShouldStartWith(shorter.TrimEnd('\uFFFD')); // a character may be cut in two
    }

    [Fact]
    public void A_question_that_does_not_fit_is_refused()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        Refused(() => chat.Answer($"<image>\n{Question}"), "the question has 0 pictures and says <image> 1 times");
        Refused(() => chat.Answer(Asked(Question, Picture)), "the question has 1 pictures and says <image> 0 times");
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

    [Fact]
    public void Text_comes_piece_by_piece_and_adds_up_to_the_answer()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        var pieces = new List<string>();
        var answer = chat.Answer(Asked($"<image>\n{Question}", Picture), onText: pieces.Add);
        string.Concat(pieces).ShouldBe(answer.Text);
        pieces.Count.ShouldBeGreaterThan(2);
        pieces.ShouldAllBe(piece => piece.Length > 0);
        answer.Text.ShouldBe(chat.Answer(Question, Picture));
    }

    [Fact]
    public void An_answer_says_what_it_took()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        var answer = chat.Answer(Asked($"<image>\n{Question}", Picture), new() { MaxNewTokens = 7 });
        (answer.Steps, answer.Generated.Finish, answer.Generated.CompletionTokens).ShouldBe((7, FinishReason.Length, 7));
        int words = chat.Encoding.Template.EncodePrompt([new Turn(Role.Human, $"<image>\n{Question}")], chat.Encoding.Tokenizer).Length;
        answer.Generated.PromptTokens.ShouldBe(words - 1 + TinyModels.Patches);
        answer.TokensPerSecond.ShouldNotBeNull().ShouldBeGreaterThan(0);
        chat.Answer(Asked(Question), new() { MaxNewTokens = 1 }).TokensPerSecond.ShouldBeNull();
    }

    [Fact]
    public void A_stop_string_ends_the_answer()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        string free = chat.Answer(Question), stop = free[3..5];
        var answer = chat.Answer(Asked(Question), new() { Stop = [stop] });
        answer.Text.ShouldBe(free[..free.IndexOf(stop, StringComparison.Ordinal)].TrimEnd());
        answer.Generated.Finish.ShouldBe(FinishReason.Stop);
    }

    [Fact]
    public void A_conversation_may_have_a_system_message_of_its_own()
    {
        ModelOnDisk.Write(folder.Path);
        using var chat = ChatModel.Load(folder.Path);
        int asked = chat.Answer(Asked(Question)).Generated.PromptTokens, instructed = chat.Answer(Asked(Question) with { System = "Describe." }).Generated.PromptTokens;
        instructed.ShouldBeGreaterThan(asked);
        chat.Answer(Asked(Question) with { System = "" }).Text.ShouldBe(chat.Answer(Question));
        ModelOnDisk.Write(folder["plain"], template: new TemplateSpec { Name = "plain" });
        using var plain = ChatModel.Load(folder["plain"]);
        Refused(() => plain.Answer(Asked(Question) with { System = "Describe." }), "the chat template 'plain' has no place for a system message");
    }

    [Fact]
    public void The_folder_says_how_its_authors_sample_and_what_ends_an_answer()
    {
        ModelOnDisk.Write(folder.Path);
        string file = Path.Combine(folder.Path, GenerationConfigFile.FileName);
        string free;
        using (var chat = ChatModel.Load(folder.Path))
        {
            chat.Defaults.Temperature.ShouldBe(0);
            free = chat.Answer(Question);
            int first = chat.Answer(Asked(Question)).Generated.Tokens[0];
            File.WriteAllText(file, $$"""{"do_sample": true, "temperature": 0.7, "top_p": 0.8, "eos_token_id": [{{first}}, 3], "num_beams": 4}""");
        }
        var reports = new List<string>();
        using var other = ChatModel.Load(folder.Path, report: reports.Add);
        other.Defaults.ShouldBe(new GenerationOptions { Temperature = 0.7, TopP = 0.8, TopK = 50 });
        other.Answer(Question).ShouldBeEmpty();
        reports.ShouldBe([$"{file}: num_beams 4 is not followed"]);
        free.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("""{"temperature": 0.5, "top_k": 3}""", 0, 0)] // do_sample is false
    [InlineData("""{"do_sample": true}""", 1, 50)]
    [InlineData("""{"do_sample": true, "top_k": 0, "temperature": null}""", 1, 0)]
    public void Sampling_of_generation_config_is_read_as_transformers_reads_it(string json, double temperature, int topK)
    {
        File.WriteAllText(folder[GenerationConfigFile.FileName], json);
        var options = GenerationConfigFile.Load(folder.Path, _ => { }).Options;
        (options.Temperature, options.TopK).ShouldBe((temperature, topK));
    }

    [Theory]
    [InlineData("""{"do_sample": 1}""", "do_sample must be true or false")]
    [InlineData("""{"eos_token_id": "x"}""", "eos_token_id must be a whole number")]
    [InlineData("""{"eos_token_id": [1, null]}""", "eos_token_id must be whole numbers")]
    [InlineData("""{"do_sample": true, "top_p": 7}""", "top-p 7 must be above 0")]
    public void A_broken_generation_config_is_an_error_that_names_the_key(string json, string message)
    {
        File.WriteAllText(folder[GenerationConfigFile.FileName], json);
        Refused(() => GenerationConfigFile.Load(folder.Path, _ => { }), message);
    }

    private static Conversation Asked(string question, params RgbImage[] pictures) => new([new Turn(Role.Human, question)], pictures);

    private static void Refused(Action action, string message) => Should.Throw<UserError>(action).Message.ShouldContain(message);
}
