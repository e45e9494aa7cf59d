using LlavaMod.Fuzz;
using LlavaMod.Data;
using LlavaMod.Tokenization;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Tests.Tokenization;

/// <summary>The templates of models that speak with Llama's tokenizer.</summary>
public sealed class LlamaTemplatesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Tokenizer tokenizer;

    public LlamaTemplatesTests()
    {
        string[] letters = [.. Enumerable.Range(33, 94).Select(code => ((char)code).ToString()), "▁"];
        File.WriteAllBytes(folder["tokenizer.model"], SentencePieceWriter.Write(
        [
            ("<unk>", 0, SentencePieceWriter.Unknown), ("<s>", 0, SentencePieceWriter.Control), ("</s>", 0, SentencePieceWriter.Control),
            .. SentencePieceFiles.Bytes, ("▁a", -1, SentencePieceWriter.Normal), .. letters.Select(letter => (letter, -2f, SentencePieceWriter.Normal)),
        ]));
        folder.Write("tokenizer_config.json", """{"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>"}""");
        tokenizer = Tokenizer.Load(folder.Path);
    }

    private static Turn[] Conversation => [User("<image>\nq"), Says("a b"), User("r"), Says("c")];

    [Fact]
    public void Vicuna_begins_once_and_ends_each_answer()
    {
        var template = new VicunaTemplate(new() { System = "S" });
        template.Render(Conversation).ShouldBe("S USER: <image>\nq ASSISTANT: a b</s>USER: r ASSISTANT: c</s>");
        Spelled(template.Encode(Conversation, tokenizer).InputIds)
            .ShouldBe("<s>▁S▁USER:▁|image|▁<0x0A>q▁ASSISTANT:▁a▁b</s>▁USER:▁r▁ASSISTANT:▁c</s>");
        Taught(template.Encode(Conversation, tokenizer)).ShouldBe("▁a▁b</s>▁c</s>");
        template.EndOfAnswer(tokenizer).ShouldBe(2);
    }

    [Fact]
    public void Vicunas_labels_are_those_that_LLaVA_finds_by_tokenising_again()
    {
        var (spans, reference) = (new VicunaTemplate(new()), new VicunaTemplate(new() { Reference = true }));
        reference.Encode(Conversation, tokenizer).Labels.ShouldBe(spans.Encode(Conversation, tokenizer).Labels);
        Turn[] quoting = [User("q"), Says("he said ASSISTANT: x")];
        Taught(spans.Encode(quoting, tokenizer)).ShouldEndWith("</s>");
        Taught(reference.Encode(quoting, tokenizer)).ShouldBe("", "LLaVA gives such a conversation up");
    }

    [Fact]
    public void Llama_begins_with_each_question_and_says_the_system_text_once()
    {
        var template = new LlamaTemplate(new() { System = "S" });
        template.Render(Conversation).ShouldBe("[INST] <<SYS>>\nS\n<</SYS>>\n\n<image>\nq [/INST] a b </s><s>[INST] r [/INST] c </s>");
        Spelled(template.Encode(Conversation, tokenizer).InputIds).ShouldBe(
            "<s>▁[INST]▁<<SYS>><0x0A>S<0x0A><</SYS>><0x0A><0x0A>|image|▁<0x0A>q▁[/INST]▁a▁b▁</s><s>▁[INST]▁r▁[/INST]▁c▁</s>");
        Taught(template.Encode(Conversation, tokenizer)).ShouldBe("▁a▁b▁</s>▁c▁</s>");
        Spelled(new LlamaTemplate(new() { System = "" }).EncodePrompt([User("q")], tokenizer)).ShouldBe("<s>▁[INST]▁q▁[/INST]");
    }

    [Fact]
    public void The_plain_template_begins_a_text_too()
        => Spelled(new PlainTemplate().Encode([User("<image>"), Says("a")], tokenizer).InputIds).ShouldBe("<s>|image|▁a<0x0A>");

    public void Dispose() => folder.Dispose();

    private static Turn User(string text) => new(Role.Human, text);

    private static Turn Says(string text) => new(Role.Assistant, text);

    private string Spelled(IEnumerable<int> ids) => string.Concat(ids.Select(id => id == EncodedConversation.ImageToken ? "|image|" : tokenizer.Tokens[id]));

    private string Taught(EncodedConversation encoded) => Spelled(encoded.Labels.Where(label => label != EncodedConversation.Ignored));
}
