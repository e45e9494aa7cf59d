using LlavaMod.Data;
using LlavaMod.Data.Formats;

namespace LlavaMod.Tests.Data.Formats;

public class MessagesFormatTests : IDisposable
{
    private const string Answer = """{"role": "assistant", "content": "A lake."}""";

    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("""{"id": "x", "images": ["a.png"], "messages": [{"role": "user", "content": "<image>What?"}, {"role": "assistant", "content": "A lake."}]}""")]
    [InlineData("""{"id": "x", "image": "a.png", "conversations": [{"from": "human", "value": "<image>What?"}, {"from": "gpt", "value": "A lake."}]}""")]
    [InlineData("""{"id": "x", "images": ["./a.png"], "conversations": [{"from": "user", "value": "<image>What?"}, {"from": "assistant", "value": "A lake."}]}""")]
    [InlineData("""{"id": "x", "images": ["a.png"], "messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]}, {"role": "assistant", "content": [{"type": "text", "text": "A lake."}]}]}""")]
    [InlineData("""{"id": "x", "messages": [{"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "text", "text": "What?"}]}, {"role": "assistant", "content": "A lake."}]}""")]
    public void Every_way_to_write_a_conversation_gives_the_same_sample(string row)
    {
        using var data = Read(row);
        data[0].Id.ShouldBe("x");
        data[0].Images.ShouldBe(["a.png"]);
        data[0].Turns.ShouldBe([new Turn(Role.Human, "<image>What?"), new Turn(Role.Assistant, "A lake.")]);
    }

    [Fact]
    public void A_systems_turn_is_left_out_only_where_that_is_asked_for()
    {
        const string Row = """{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}""";
        using (var data = Read(Row, leaveOutSystem: true))
            data[0].Turns.ShouldBe([new Turn(Role.Human, "Hi"), new Turn(Role.Assistant, "Hello")]);
        Should.Throw<UserError>(() => Read(Row)[0]).Message.ShouldBe(
            "rows.json: row 1: turn 1 of messages is of the system, and a template has a text of its own for it; leave_out_system leaves it out");
    }

    [Theory]
    [InlineData("""{"id": "x"}""", "neither messages nor conversations")]
    [InlineData("""{"id": "x", "messages": 4}""", "messages is a number; expected a list of turns")]
    [InlineData("""{"id": "x", "messages": []}""", "messages is empty")]
    [InlineData("""{"id": "x", "messages": ["hi"]}""", "turn 1 of messages is text; expected {role, content} or {from, value}")]
    [InlineData("""{"id": "x", "messages": [{"role": "tool", "content": "x"}]}""", "turn 1 of messages has the unknown role 'tool'; allowed: user, assistant, system, human, gpt")]
    [InlineData("""{"id": "x", "messages": [{"role": "assistant", "content": "x"}]}""", "turn 1 of messages is from assistant; expected user: turns alternate, user first")]
    [InlineData("""{"id": "x", "messages": [{"role": "user", "content": "x"}]}""", "messages ends with a turn of the user: no answer to learn")]
    [InlineData("""{"id": "x", "messages": [{"role": "user"}]}""", "turn 1 of messages has no text: content is missing")]
    [InlineData("""{"id": "x", "messages": [{"role": "user", "content": null}]}""", "turn 1 of messages has no text: content is null")]
    [InlineData("""{"id": "x", "messages": [{"role": "user", "content": ""}]}""", "turn 1 of messages is empty")]
    [InlineData("""{"id": "x", "messages": [{"role": "user", "content": [{"type": "video"}]}]}""", "turn 1 of messages has a part that is neither {type: text, text} nor {type: image}")]
    [InlineData("""{"id": "x", "messages": [{"role": "user", "content": "x"}, {"role": "system", "content": "x"}]}""", "turn 2 of messages is of the system; only the first may be")]
    [InlineData("""{"id": "x", "images": ["c.png"], "messages": [{"role": "user", "content": "<image>"}, """ + Answer + "]}", "image 'c.png' is missing")]
    [InlineData("""{"id": "x", "images": ["a.png"], "messages": [{"role": "user", "content": "x"}, """ + Answer + "]}", "0 <image> placeholders for 1 image")]
    [InlineData("""{"id": "x", "images": ["a.png"], "messages": [{"role": "user", "content": [{"type": "image", "image": "a.png"}]}, """ + Answer + "]}", "images are named both in the turns and beside them")]
    public void A_broken_row_is_named_with_its_reason(string row, string reason)
    {
        using var data = Read(row);
        Should.Throw<UserError>(() => data[0]).Message.ShouldBe($"rows.json: row 1 (id x): {reason}");
    }

    [SharedFact("data/llava_format")]
    public void Published_messages_are_read_whole()
    {
        using var data = MessagesFormat.Read(new() { Path = RepositoryFiles.Shared("data/llava_format/llamafactory_mllm_demo.json")!, OnError = OnError.Fail }, new TestImages(null));
        data.Usable().Count().ShouldBe(6);
        data[0].Images.ShouldBe(["mllm_demo_data/1.jpg", "mllm_demo_data/1.jpg"]);
        data[0].Turns[2].ShouldBe(new Turn(Role.Human, "What are they doing?<image>"));
    }

    private FileDataset<Sample> Read(string text, bool leaveOutSystem = false)
    {
        var file = Path.Combine(folder.Path, "rows.json");
        File.WriteAllText(file, text);
        return MessagesFormat.Read(new() { Path = file, OnError = OnError.Fail, LeaveOutSystem = leaveOutSystem }, new TestImages("a.png"));
    }
}
