using System.Runtime.InteropServices;
using System.Text.Json;
using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Generation;
using Spectre.Console;

namespace LlavaMod.Cli.Tests.Runs;

/// <summary>llavamod chat.</summary>
[Collection(TinyRunCollection.Name)]
public sealed class ChatTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-chat-").FullName;
    private readonly TinyRun run;
    private readonly string model, picture;

    public ChatTests(TinyRun run)
    {
        (this.run, model) = (run, run.Model("preference"));
        Cli.Run("world", "--out", In("world"), "--count", "2").Code.ShouldBe(0);
        picture = Directory.GetFiles(In("world/images"), "*.png").Order(StringComparer.Ordinal).First();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Through_a_pipe_there_are_answers_and_nothing_else_and_each_knows_the_conversation()
    {
        var outcome = Chat("Describe the image.\n\nIs it red?\n", "--image", picture, "--max-new-tokens", "250");
        outcome.Code.ShouldBe(0, outcome.Error);
        string first = Answer(model, [new Turn(Role.Human, "<image>\nDescribe the image.")], 250);
        outcome.Output.ShouldStartWith(first + "\n");
        outcome.Error.ShouldContain("the context is full, 256 of 256 tokens: /reset begins a new conversation");
        outcome.Error.ShouldContain("the conversation has ");
        outcome.Output.ShouldBe(first + "\n");
    }

    [Fact]
    public void A_later_answer_is_that_of_the_whole_conversation()
    {
        var outcome = Chat("Describe the image.\nIs it red?\n/exit\nnever asked\n", "--image", picture, "--max-new-tokens", "5", "--temperature", "1.5", "--seed", "4");
        var options = new GenerationOptions { MaxNewTokens = 5, Temperature = 1.5, Seed = 4 };
        var asked = new Turn(Role.Human, "<image>\nDescribe the image.");
        string first = Answer(model, [asked], options);
        string second = Answer(model, [asked, new Turn(Role.Assistant, first), new Turn(Role.Human, "Is it red?")], options);
        outcome.Output.ShouldBe($"{first}\n{second}\n");
    }

    [Fact]
    public void Commands_do_what_help_says()
    {
        var outcome = Chat($"/image {picture}\nDescribe the image.\n/stats\n/save {In("saved.json")}\n/reset\n/stats\n/help\n", "--max-new-tokens", "5");
        outcome.Code.ShouldBe(0);
        outcome.Output.ShouldMatch(@"preference +1 +5 +[\d.]+ +[\d.]+ +\d+ of 256\n");
        outcome.Output.ShouldMatch(@"preference +0 +- +- +- 0 of 256\n");
        foreach (string command in (string[])["/image PATH", "/system TEXT", "/reset", "/stats", "/save FILE", "/help", "/exit"]) outcome.Output.ShouldContain($"  {command} ");
        var row = JsonElement.Parse(File.ReadAllText(In("saved.json")))[0];
        row.GetProperty("image").GetString().ShouldBe(Path.GetRelativePath(folder, picture));
        row.GetProperty("conversations")[0].GetProperty("value").GetString().ShouldBe("<image>\nDescribe the image.");
        row.GetProperty("conversations")[1].GetProperty("from").GetString().ShouldBe("gpt");
        Cli.Run("data", "check", In("saved.json"), "--images", folder).Code.ShouldBe(0);
    }

    [Fact]
    public void A_conversation_that_cannot_be_written_goes_on()
    {
        string nowhere = In(Path.Combine("nowhere", "saved.json"));
        var outcome = Chat($"Hello\n/save {nowhere}\n/save a\0b\n/save {In("saved.json")}\n", "--max-new-tokens", "2");
        outcome.Code.ShouldBe(0);
        outcome.Error.ShouldContain($"{nowhere} cannot be written");
        outcome.Error.ShouldContain("a\\u0000b cannot be written");
        File.Exists(In("saved.json")).ShouldBeTrue();
    }

    [Fact]
    public void A_system_text_goes_in_front_and_can_be_taken_back()
    {
        var outcome = Chat("/system Speak like a pirate.\nHello\n/stats\n/reset\n/system\nHello\n/stats\n", "--max-new-tokens", "1");
        int[] contexts = [.. outcome.Output.Split('\n').Where(line => line.Contains(" of 256")).Select(line => int.Parse(line.Split(" of 256")[0].Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture))];
        contexts[0].ShouldBeGreaterThan(contexts[1] + 5);
    }

    [Theory]
    [InlineData("/imge x", "unknown command '/imge'; did you mean '/image'?")]
    [InlineData("/image", "/image needs a path")]
    [InlineData("/image nothing.png", "nothing.png does not exist")]
    [InlineData("/image \u001b[31m.png", "\\u001B[31m.png does not exist")]
    [InlineData("/save", "/save needs a file")]
    [InlineData("/save x.json", "there is nothing to save yet")]
    [InlineData("What is <image>?", "the conversation has 0 pictures and says <image> 1 times")]
    public void What_is_wrong_is_said_and_the_chat_goes_on(string line, string complaint)
    {
        var outcome = Chat($"{line}\nHello\n", "--max-new-tokens", "2");
        outcome.Code.ShouldBe(0);
        outcome.Error.ShouldContain(complaint);
        outcome.Error.ShouldNotContain("\u001b");
        outcome.Output.ShouldBe(Answer(model, [new Turn(Role.Human, "Hello")], 2) + "\n");
    }

    [Fact]
    public void A_full_context_says_what_to_do_and_is_empty_afterwards()
    {
        string words = string.Concat(Enumerable.Repeat("red blue ", 300));
        var outcome = Chat($"{words}\n/reset\nHello\n", "--max-new-tokens", "2");
        outcome.Error.ShouldContain("preference reads 256 in all, the answer included: /reset begins a new one");
        outcome.Output.ShouldBe(Answer(model, [new Turn(Role.Human, "Hello")], 2) + "\n");
    }

    [Fact]
    public void Two_models_are_asked_the_same_and_keep_their_own_answers()
    {
        string other = run.Model("train-teacher");
        var outcome = Chat("Hello\nAnd?\n", "--compare", other, "--max-new-tokens", "3");
        outcome.Code.ShouldBe(0, outcome.Error);
        foreach (string one in (string[])[model, other])
        {
            var hello = new Turn(Role.Human, "Hello");
            string first = Answer(one, [hello], 3), second = Answer(one, [hello, new Turn(Role.Assistant, first), new Turn(Role.Human, "And?")], 3);
            foreach (string answer in (string[])[first, second])
                outcome.Output.ShouldContain($"{Path.GetFileName(one)}:\n{answer}\n(3 tokens, ");
        }
    }

    [Fact]
    public void On_a_wide_terminal_two_answers_stand_side_by_side()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.Standard, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 120;
        string named = In("evil\u001b[2J[red]");
        Directory.CreateSymbolicLink(named, run.Model("train-teacher"));
        int code = CommandLine.Run(["chat", model, "--compare", named, "--max-new-tokens", "3"], new Terminal(console, TextWriter.Null, CancellationToken.None) { Input = new StringReader("Hello\n") });
        code.ShouldBe(0);
        string text = output.ToString();
        text.ShouldNotContain("\u001b[2J");
        text.Split('\n').ShouldContain(line => line.Contains("preference") && line.Contains("evil\\u001B[2J[red]"));
        string left = Answer(model, [new Turn(Role.Human, "Hello")], 3), right = Answer(named, [new Turn(Role.Human, "Hello")], 3);
        text.Split('\n').ShouldContain(line => line.Contains(left) && line.Contains(right), text);
    }

    [Fact]
    public void Ctrl_C_keeps_what_has_come_of_an_answer_and_a_second_one_leaves()
    {
        string first = Answer(model, [new Turn(Role.Human, "Hello")], 200);
        using var interrupt = new Interrupt();
        using var output = new PressedKey(interrupt, first[..5], "256\n");
        var error = new StringWriter();
        var terminal = new Terminal(Terminal.Plain(output), error, interrupt.Token) { Interrupt = interrupt, Input = new StringReader($"Hello\n/save {In("saved.json")}\n/stats\nnever asked\n") };
        CommandLine.Run(["chat", model, "--max-new-tokens", "200"], terminal).ShouldBe(ExitCode.Cancelled);
        error.ToString().ShouldContain("stopped; what came of the answer stays in the conversation");
        string kept = JsonElement.Parse(File.ReadAllText(In("saved.json")))[0].GetProperty("conversations")[1].GetProperty("value").GetString()!;
        kept.ShouldStartWith(first[..5]);
        kept.Length.ShouldBeLessThan(first.Length);
        first.ShouldStartWith(kept);
    }

    [Fact]
    public void Ctrl_C_is_the_programs_again_once_nobody_takes_it()
    {
        using var interrupt = new Interrupt();
        using (interrupt.Take(() => true)) interrupt.Press(PosixSignal.SIGINT).ShouldBeTrue();
        interrupt.Token.IsCancellationRequested.ShouldBeFalse();
        using (interrupt.Take(() => true)) interrupt.Press(PosixSignal.SIGTERM).ShouldBeTrue();
        interrupt.Token.IsCancellationRequested.ShouldBeTrue();
        interrupt.Press(PosixSignal.SIGINT).ShouldBeFalse();
    }

    private string In(string name) => Path.Combine(folder, name);

    private Outcome Chat(string input, params string[] args) => Cli.Type(input, ["chat", model, .. args]);

    private string Answer(string from, Turn[] turns, int tokens) => Answer(from, turns, new GenerationOptions { MaxNewTokens = tokens });

    private string Answer(string from, Turn[] turns, GenerationOptions options)
    {
        using var chat = ChatModel.Load(from, ModelFolder.StoredType(from));
        var shown = turns[0].Text.StartsWith("<image>", StringComparison.Ordinal) ? (RgbImage[])[ImageDecoder.Decode(File.ReadAllBytes(picture), picture)] : [];
        return chat.Answer(new Conversation(turns, shown), options).Text;
    }
}
