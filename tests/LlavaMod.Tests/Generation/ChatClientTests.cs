using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Generation;
using LlavaMod.Recipes;
using Microsoft.Extensions.AI;

namespace LlavaMod.Tests.Generation;

public sealed class ChatClientTests : IDisposable
{
    private const string Question = "Is there a red circle?";

    private static readonly RgbImage Picture = new(5, 3, [.. Enumerable.Range(0, 45).Select(value => (byte)(value * 5))]);
    private static readonly RgbImage Other = new(4, 4, [.. Enumerable.Range(0, 48).Select(value => (byte)(255 - value * 5))]);

    private readonly TemporaryFolder folder = new();
    private readonly ChatModel model;
    private readonly ChatClient client;

    public ChatClientTests()
    {
        ModelOnDisk.Write(folder["tiny"]);
        model = ChatModel.Load(folder["tiny"]);
        client = new ChatClient(model);
    }

    public void Dispose()
    {
        client.Dispose();
        folder.Dispose();
    }

    private static DataContent Png(RgbImage picture) => new(PngEncoder.Encode(picture), "image/png");

    private static ChatMessage User(params AIContent[] contents) => new(ChatRole.User, [.. contents]);

    private string Direct(string? system, RgbImage[] pictures, params string[] turns) => model.Answer(new Conversation(
        [.. turns.Select((text, index) => new Turn(index % 2 == 0 ? Role.Human : Role.Assistant, text))], pictures) { System = system }).Text;

    [Fact]
    public async Task A_question_is_answered_as_the_model_answers_it()
    {
        var response = await client.GetResponseAsync(Question);
        response.Text.ShouldBe(model.Answer(Question));
        response.Messages.Single().Role.ShouldBe(ChatRole.Assistant);
        response.ModelId.ShouldBe("tiny");
        var expected = response.RawRepresentation.ShouldBeOfType<ChatAnswer>().Generated;
        (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount, response.Usage.TotalTokenCount)
            .ShouldBe((expected.PromptTokens, expected.CompletionTokens, expected.PromptTokens + expected.CompletionTokens));
    }

    [Fact]
    public async Task Pictures_stand_where_they_are_over_several_turns()
    {
        var response = await client.GetResponseAsync(
        [
            User(Png(Picture), new TextContent(Question)), new(ChatRole.Assistant, "A red circle."), User(new TextContent("Describe "), Png(Other), Png(Picture)),
        ]);
        response.Text.ShouldBe(Direct(null, [Picture, Other, Picture], $"<image>\n{Question}", "A red circle.", "Describe <image>\n<image>\n"));
    }

    [Fact]
    public async Task A_data_address_is_a_picture_like_its_bytes()
    {
        string uri = $"data:image/png;base64,{Convert.ToBase64String(PngEncoder.Encode(Picture))}";
        var response = await client.GetResponseAsync(User(new UriContent(uri, "image/png"), new TextContent(Question)));
        response.Text.ShouldBe(model.Answer(Question, Picture));
    }

    [Fact]
    public async Task Instructions_and_system_messages_take_the_template_s_place()
    {
        ChatMessage[] messages = [new(ChatRole.System, "Describe."), User(new TextContent(Question))];
        (await client.GetResponseAsync(messages)).Text.ShouldBe(Direct("Describe.", [], Question));
        (await client.GetResponseAsync(messages, new() { Instructions = "A large blue" })).Text.ShouldBe(Direct("A large blue\nDescribe.", [], Question));
    }

    [Fact]
    public async Task Streaming_gives_the_same_answer_in_whole_characters()
    {
        var updates = new List<ChatResponseUpdate>();
        var message = User(Png(Picture), new TextContent(Question));
        await foreach (var update in client.GetStreamingResponseAsync([message])) updates.Add(update);
        updates.Count.ShouldBeGreaterThan(3);
        var whole = await client.GetResponseAsync(message);
        string.Concat(updates.Select(update => update.Text)).ShouldBe(whole.Text);
        updates.Select(update => update.ResponseId).Distinct().Count().ShouldBe(1);
        var joined = updates.ToChatResponse();
        joined.FinishReason.ShouldBe(whole.FinishReason);
        joined.Usage!.OutputTokenCount.ShouldBe(whole.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task Options_reach_the_engine()
    {
        var cut = await client.GetResponseAsync(Question, new() { MaxOutputTokens = 3 });
        (cut.FinishReason, cut.Usage!.OutputTokenCount).ShouldBe((ChatFinishReason.Length, 3));
        string free = model.Answer(Question);
        var stopped = await client.GetResponseAsync(Question, new() { StopSequences = [free[3..5]] });
        (stopped.FinishReason, stopped.Text).ShouldBe((ChatFinishReason.Stop, free[..free.IndexOf(free[3..5], StringComparison.Ordinal)].TrimEnd()));
        ChatSettings.Read(
            new()
            {
                Temperature = 0.7f, TopP = 0.9f, TopK = 40, MaxOutputTokens = 5, Seed = 3, FrequencyPenalty = 0, ResponseFormat = ChatResponseFormat.Text,
                AdditionalProperties = new() { ["min_p"] = 0.05f, ["repetition_penalty"] = JsonElement.Parse("1.1"), ["logprobs"] = 2, ["anything"] = "else" },
            }, new(), "tiny").ShouldBe(
            new() { Temperature = 0.7, TopP = 0.9, TopK = 40, MaxNewTokens = 5, Seed = 3, MinP = 0.05, RepetitionPenalty = 1.1, LogProbabilities = 2 });
    }

    [Fact]
    public void What_options_leave_open_is_what_the_model_s_authors_say()
    {
        var authors = new GenerationOptions { Temperature = 0.7, TopK = 20, RepetitionPenalty = 1.05 };
        ChatSettings.Read(null, authors, "tiny").ShouldBe(authors);
        ChatSettings.Read(new() { Temperature = 0 }, authors, "tiny").ShouldBe(authors with { Temperature = 0 });
    }

    public static TheoryData<ChatOptions, string> Unsupported => new()
    {
        { new() { FrequencyPenalty = 0.5f }, "frequency penalty 0.5 is not supported" },
        { new() { PresencePenalty = -1 }, "presence penalty -1 is not supported" },
        { new() { Tools = [AIFunctionFactory.CreateDeclaration("weather", null, JsonElement.Parse("{}"))] }, "1 tools is not supported" },
        { new() { ToolMode = ChatToolMode.RequireAny }, "requires a tool" },
        { new() { ResponseFormat = ChatResponseFormat.Json }, "a response format of JSON is not supported" },
        { new() { ConversationId = "x" }, "a conversation id is not supported" },
        { new() { ModelId = "gpt" }, "the model 'gpt' is asked for; this is 'tiny'" },
        { new() { Temperature = -1 }, "chat options: temperature -1 must be between" },
        { new() { AdditionalProperties = new() { ["min_p"] = "much" } }, "min_p 'much' must be a number" },
        { new() { AdditionalProperties = new() { ["logprobs"] = 1.5 } }, "logprobs '1.5' must be a whole number" },
    };

    [Theory, MemberData(nameof(Unsupported))]
    public async Task What_is_not_done_is_refused_in_words(ChatOptions options, string message) =>
        (await Should.ThrowAsync<UserError>(() => client.GetResponseAsync(Question, options))).Message.ShouldContain(message);

    public static TheoryData<ChatMessage[], string> Strange => new()
    {
        { [], "the last message is not the user's" },
        { [new(ChatRole.Assistant, "Yes.")], "the last message is not the user's" },
        { [User(new TextContent("a")), new(ChatRole.System, "b")], "message 2 is a system message behind others" },
        { [User(new TextContent("a")), new(ChatRole.Tool, "b")], "message 2 has the role 'tool'" },
        { [User(new UriContent("https://example.org/a.png", "image/png"))], "message 1 holds the address of a picture (https:); nothing is fetched" },
        { [User(new DataContent(new byte[3], "audio/wav"))], "message 1 holds data of the type audio/wav" },
        { [User(new DataContent(new byte[3], "image/png"))], "picture 1, of message 1" },
        { [User(new ErrorContent("x"))], "message 1 holds a ErrorContent" },
        { [User(new TextContent("see <image>"))], "the text of message 1 holds <image>" },
        { [User(new TextContent("a")), new(ChatRole.Assistant, [Png(Picture)]), User(new TextContent("a"))], "message 2, of the assistant, holds a DataContent" },
        { [User(new TextContent("a")), User(new TextContent("b"))], "user and assistant must take turns" },
    };

    [Theory, MemberData(nameof(Strange))]
    public async Task Messages_that_no_model_takes_are_refused_in_words(ChatMessage[] messages, string message)
    {
        (await Should.ThrowAsync<UserError>(() => client.GetResponseAsync(messages))).Message.ShouldContain(message);
        await Should.ThrowAsync<UserError>(async () => await client.GetStreamingResponseAsync(messages).ToListAsync());
    }

    [Fact]
    public async Task A_template_without_a_place_for_a_system_message_refuses_it()
    {
        ModelOnDisk.Write(folder["plain"], template: new TemplateSpec { Name = "plain" });
        using var plain = new ChatClient(ChatModel.Load(folder["plain"]));
        (await Should.ThrowAsync<UserError>(() => plain.GetResponseAsync(Question, new() { Instructions = "Be brief." })))
            .Message.ShouldContain("the chat template 'plain' has no place for a system message");
    }

    [Fact]
    public async Task Many_callers_at_once_get_the_answers_that_each_gets_alone()
    {
        string plain = model.Answer(Question), seen = model.Answer(Question, Picture);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            if (i % 3 == 2) return string.Concat((await client.GetStreamingResponseAsync(Question).ToListAsync()).Select(update => update.Text));
            return (await client.GetResponseAsync(i % 3 == 0 ? User(new TextContent(Question)) : User(Png(Picture), new TextContent(Question)))).Text;
        })));
        answers.ShouldBe(Enumerable.Range(0, 8).Select(i => i % 3 == 1 ? seen : plain));
    }

    [Fact]
    public async Task A_cancelled_call_ends_so_and_the_next_is_served()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => client.GetResponseAsync(Question, cancellationToken: source.Token));
        await Should.ThrowAsync<OperationCanceledException>(async () => await client.GetStreamingResponseAsync(Question, cancellationToken: source.Token).ToListAsync());
        (await client.GetResponseAsync(Question)).Text.ShouldBe(model.Answer(Question));
    }

    [Fact]
    public async Task A_disposed_client_serves_nobody()
    {
        var other = new ChatClient(ChatModel.Load(folder["tiny"]), "mine");
        (await other.GetResponseAsync(Question)).ModelId.ShouldBe("mine");
        other.Dispose();
        other.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => other.GetResponseAsync(Question));
    }

    [Fact]
    public void Its_services_are_itself_its_model_and_its_metadata()
    {
        client.GetService<IChatClient>().ShouldBeSameAs(client);
        client.GetService<ChatModel>().ShouldBeSameAs(model);
        client.GetService<ChatClientMetadata>()!.DefaultModelId.ShouldBe("tiny");
        client.GetService<string>().ShouldBeNull();
        ((IChatClient)client).GetService(typeof(ChatModel), "key").ShouldBeNull();
    }
}
