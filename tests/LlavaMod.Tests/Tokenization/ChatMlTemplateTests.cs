using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Tokenization;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Tests.Tokenization;

/// <summary>Qwen's template against what Jinja makes of the templates in Qwen's tokenizer_config.json.</summary>
public sealed class ChatMlTemplateTests
{
    private const string Goldens = "data/chat_template/goldens.json";
    private const string Qwen25System = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";

    private static readonly Tokenizer Tokenizer = BpeTokenizer.Train(["What is it? It is a cat."], 300, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]);

    [SharedTheory(Goldens)]
    [InlineData("qwen2_chatml", null, 28)]
    [InlineData("qwen2_boundless", null, 28)]
    [InlineData("qwen2_5_instruct", Qwen25System, 28)]
    public void Text_and_ids_are_those_of_Qwens_own_template(string jinja, string? system, int count)
    {
        var tokenizer = Tokenizer.Load(RepositoryFiles.Shared("data/tokenizer/qwen2")!);
        var all = JsonElement.Parse(File.ReadAllBytes(RepositoryFiles.Shared(Goldens)!)).GetProperty("cases").EnumerateArray();
        var cases = all.Where(test => test.GetProperty("template").GetString() == jinja).ToList();
        foreach (var test in cases)
        {
            var name = test.GetProperty("name").GetString();
            var messages = test.GetProperty("messages").EnumerateArray().Select(message => (Role: message.GetProperty("role").GetString(), Text: message.GetProperty("content").GetString()!)).ToList();
            var said = messages is [("system", var own), ..] ? own : system;
            var template = new ChatMlTemplate(said is null ? new() : new() { System = said });
            var turns = messages.Where(message => message.Role != "system").Select(message => new Turn(message.Role == "user" ? Role.Human : Role.Assistant, message.Text)).ToList();
            // That one template asks for an answer behind each question, and never otherwise.
            if (jinja == "qwen2_boundless" ? turns[^1].Role == Role.Human : test.GetProperty("add_generation_prompt").GetBoolean())
                turns.Add(new Turn(Role.Assistant, ""));

            template.Render(turns).ShouldBe(test.GetProperty("text").GetString(), name);
            var expected = test.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            tokenizer.Encode(template.Render(turns)).ShouldBe(expected, ignoreOrder: false, name);
            ShouldBeSpans(template.Encode(turns, tokenizer).InputIds, expected, turns, tokenizer, name);
        }
        cases.Count.ShouldBe(count);
    }

    [Fact]
    public void The_assistant_learns_its_words_and_to_end_them()
    {
        var encoded = new ChatMlTemplate(new()).Encode([new(Role.Human, "<image>\nWhat is it?"), new(Role.Assistant, "a cat"), new(Role.Human, "x"), new(Role.Assistant, "y")], Tokenizer);
        Tokenizer.Decode(encoded.Labels.Where(label => label >= 0).ToArray()).ShouldBe("a cat<|im_end|>y<|im_end|>");
        encoded.InputIds.Count(id => id == EncodedConversation.ImageToken).ShouldBe(1);
    }

    [Fact]
    public void A_prompt_ends_where_the_assistant_starts_and_an_answer_at_its_own_token()
    {
        var template = new ChatMlTemplate(new() { System = "S" });
        Tokenizer.Decode(template.EncodePrompt([new(Role.Human, "q")], Tokenizer))
            .ShouldBe("<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n");
        template.EndOfAnswer(Tokenizer).ShouldBe(Tokenizer.IdOf("<|im_end|>")!.Value);
        template.EndsOfAnswer(Tokenizer).ShouldBe([Tokenizer.IdOf("<|im_end|>")!.Value, Tokenizer.EndOfText], ignoreOrder: true);
    }

    [Fact]
    public void A_tokenizer_without_its_tokens_is_refused()
    {
        var plain = BpeTokenizer.Train(["x"], 257, ["</s>"]);
        Should.Throw<UserError>(() => new ChatMlTemplate(new()).Encode([new(Role.Human, "q")], plain)).Message.ShouldContain("<|im_start|> and <|im_end|>");
    }

    // An answer that begins with white space begins with tokens of its own, as it must be said; Jinja's text is tokenised as a whole. Placeholders
    // are text there.
    private static void ShouldBeSpans(int[] ids, int[] expected, List<Turn> turns, Tokenizer tokenizer, string? name)
    {
        if (turns.Any(turn => turn.Text.Contains(ChatTemplate.ImagePlaceholder)))
            return;
        if (turns.Any(turn => turn.Role == Role.Assistant && turn.Text.StartsWith('\n')))
            tokenizer.Decode(ids).ShouldBe(tokenizer.Decode(expected), name);
        else
            ids.ShouldBe(expected, ignoreOrder: false, name);
    }
}
