using LlavaMod.Data;
using LlavaMod.Recipes;
using LlavaMod.Tokenization;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Tests.Tokenization;

public sealed class ChatTemplateTests
{
    private static readonly Tokenizer Tokenizer = BpeTokenizer.Train(["USER: What is it? ASSISTANT: It is a cat."], 300, ["<|endoftext|>"]);
    private static readonly QwenTemplate Bare = new(new() { System = "" });
    private static readonly PlainTemplate Plain = new();

    private static Turn User(string text) => new(Role.Human, text);

    private static Turn Assistant(string text) => new(Role.Assistant, text);

    [Fact]
    public void Without_a_system_text_the_first_turn_comes_first()
        => Bare.Render([User("Hi"), Assistant("Yes")]).ShouldBe("USER: Hi ASSISTANT: Yes<|endoftext|>");

    [Fact]
    public void Labels_are_the_answers_and_their_ends_even_where_an_answer_looks_like_a_prompt()
    {
        var encoded = Bare.Encode([User("a"), Assistant("USER: x ASSISTANT: y"), User("b"), Assistant("2")], Tokenizer);
        Supervised(encoded).ShouldBe(" USER: x ASSISTANT: y<|endoftext|> 2<|endoftext|>");
        encoded.Labels.Length.ShouldBe(encoded.InputIds.Length);
    }

    [Fact]
    public void Every_placeholder_becomes_one_image()
    {
        var encoded = Bare.Encode([User("<image><image>\nWhich?"), Assistant("the <image>")], Tokenizer);
        encoded.InputIds.Count(id => id == EncodedConversation.ImageToken).ShouldBe(3);
        Supervised(encoded).ShouldBe(" the <|endoftext|>", "an image is never a label");
    }

    [Fact]
    public void The_end_of_an_answer_is_the_tokenizers_own()
    {
        var other = BpeTokenizer.Train(["x"], 257, ["</s>"]);
        Bare.Encode([User("a"), Assistant("b")], other).InputIds[^1].ShouldBe(256);
    }

    [Fact]
    public void A_prompt_leaves_the_assistants_turn_open()
    {
        var prompt = Bare.EncodePrompt([User("<image>\nWhat is it?"), Assistant("A cat."), User("Sure?")], Tokenizer);
        Tokenizer.Decode(prompt.Where(id => id >= 0).ToArray()).ShouldEndWith("A cat.<|endoftext|>USER: Sure? ASSISTANT:");
    }

    [Fact]
    public void A_prompt_after_the_assistants_word_is_refused()
        => Should.Throw<ArgumentException>(() => Bare.EncodePrompt([User("a"), Assistant("b")], Tokenizer));

    [Fact]
    public void Speaking_out_of_turn_is_refused()
        => Should.Throw<UserError>(() => Bare.Encode([User("a"), User("b")], Tokenizer)).Message.ShouldContain("turn 2 of 2");

    [Fact]
    public void Plain_is_image_and_caption()
    {
        var encoded = Plain.Encode([User("What is this?\n<image>"), Assistant("a cat")], Tokenizer);
        encoded.InputIds[0].ShouldBe(EncodedConversation.ImageToken);
        Supervised(encoded).ShouldBe("a cat\n");
        Plain.EncodePrompt([User("<image>\nDescribe.")], Tokenizer).ShouldBe([EncodedConversation.ImageToken]);
    }

    [Fact]
    public void Plain_takes_one_question_and_one_answer()
        => Should.Throw<UserError>(() => Plain.Encode([User("a"), Assistant("b"), User("c")], Tokenizer)).Message.ShouldContain("3 turns");

    [Fact]
    public void Texts_for_training_a_tokenizer_are_those_it_will_see()
        => Bare.Texts([User("<image>\nHi"), Assistant("Yes")]).ShouldBe(["USER: ", "\nHi ASSISTANT:", " Yes"]);

    [Fact]
    public void Templates_are_found_by_name()
    {
        Catalog<ChatTemplate>.Create("plain").ShouldBeOfType<PlainTemplate>();
        Catalog<ChatTemplate>.Create("qwen", new QwenTemplate.Options { System = "Be brief." }).Render([User("Hi")]).ShouldBe("Be brief. USER: Hi ");
    }

    private static string Supervised(EncodedConversation encoded)
        => Tokenizer.Decode(encoded.Labels.Where(label => label != EncodedConversation.Ignored).ToArray());
}
