using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Tokenization;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Tests.Golden;

/// <summary>Kind conversation-labels: prompt text, ids and labels, as LLaVA-MoD's preprocessing gives them.</summary>
public sealed class GoldenConversationTests
{
    [GoldenTheory("conversation-labels")]
    [MemberData(nameof(GoldenCases.OfKind), "conversation-labels", MemberType = typeof(GoldenCases))]
    public void Conversations_become_the_same_text_ids_and_labels(string name)
    {
        var golden = GoldenCases.Open(name);
        var tokenizer = Tokenizer.Load(TokenizerOf(golden));
        var template = TemplateOf(golden);
        foreach (var (test, expected) in Conversations(golden))
        {
            var turns = Turns(expected);
            if (expected.TryGetProperty("prompt", out var prompt))
                template.Render(turns).ShouldBe(prompt.GetString(), test);
            var encoded = template.Encode(turns, tokenizer);
            var length = expected.TryGetProperty("model_max_length", out var limit) ? limit.GetInt32() : encoded.InputIds.Length;
            encoded.InputIds[..length].ShouldBe(Numbers(expected, "input_ids"), ignoreOrder: false, test);
            // Upstream tokenises twice and gives a conversation up where the lengths differ: nothing is left to learn from it.
            if (expected.TryGetProperty("tokenization_mismatch", out var mismatch) && mismatch.GetBoolean())
                Numbers(expected, "labels").ShouldAllBe(label => label == EncodedConversation.Ignored);
            else
                encoded.Labels[..length].ShouldBe(Numbers(expected, "labels"), ignoreOrder: false, test);
            TemplateOf(golden, reference: true).Encode(turns, tokenizer).Labels[..length].ShouldBe(Numbers(expected, "labels"), ignoreOrder: false, test);
        }
    }

    [GoldenTheory("conversation-labels")]
    [MemberData(nameof(GoldenCases.OfKind), "conversation-labels", MemberType = typeof(GoldenCases))]
    public void A_question_becomes_the_same_prompt(string name)
    {
        var golden = GoldenCases.Open(name);
        var (prompts, tokenizer) = (golden.Json("expected.json").EnumerateObject().Select(entry => entry.Value), Tokenizer.Load(TokenizerOf(golden)));
        foreach (var expected in prompts.Where(entry => !entry.TryGetProperty("conversations", out _)))
        {
            var prompt = expected.GetProperty("prompt").GetString()!;
            var question = prompt[(prompt.IndexOf("USER: ", StringComparison.Ordinal) + 6)..prompt.LastIndexOf(" ASSISTANT:", StringComparison.Ordinal)];
            TemplateOf(golden).EncodePrompt([new Turn(Role.Human, question)], tokenizer).ShouldBe(Numbers(expected, "input_ids"));
        }
    }

    [GoldenTheory("conversation-labels")]
    [MemberData(nameof(GoldenCases.OfKind), "conversation-labels", MemberType = typeof(GoldenCases))]
    public void A_prompt_is_the_conversation_up_to_where_the_assistant_starts(string name)
    {
        var golden = GoldenCases.Open(name);
        var tokenizer = Tokenizer.Load(TokenizerOf(golden));
        var template = TemplateOf(golden);
        foreach (var (test, expected) in Conversations(golden))
        {
            var turns = Turns(expected);
            turns[^1].Role.ShouldBe(Role.Assistant, test);
            var prompt = template.EncodePrompt([.. turns.SkipLast(1)], tokenizer);
            var whole = template.Encode(turns, tokenizer);
            whole.InputIds[..prompt.Length].ShouldBe(prompt, ignoreOrder: false, test);
            whole.Labels[prompt.Length..].ShouldBe(whole.InputIds[prompt.Length..], ignoreOrder: false, test);
        }
    }

    private static QwenTemplate TemplateOf(GoldenCase golden, bool reference = false)
        => new(new QwenTemplate.Options { System = golden.Parameters.GetProperty("system").GetString()!, Reference = reference });

    // The manifest may name the case whose tokenizer was used; otherwise it is the one beside it, or the fixture.
    internal static string TokenizerOf(GoldenCase golden)
    {
        var name = golden.Parameters.TryGetProperty("tokenizer", out var named) ? named.GetString()! : "qwen2-tokenizer";
        string[] places = [golden.Folder, Path.Combine(GoldenCases.Root, name), Path.Combine(GoldenCases.Fixtures, name)];
        return places.First(place => File.Exists(Path.Combine(place, "vocab.json")));
    }

    private static IEnumerable<(string Name, JsonElement Expected)> Conversations(GoldenCase golden) => golden.Json("expected.json")
        .EnumerateObject()
        .Where(entry => entry.Value.TryGetProperty("conversations", out _))
        .Select(entry => (entry.Name, entry.Value));

    private static List<Turn> Turns(JsonElement expected) => [.. expected.GetProperty("conversations").EnumerateArray().Select(turn => new Turn(
        turn.GetProperty("from").GetString() == "human" ? Role.Human : Role.Assistant,
        turn.GetProperty("value").GetString()!))];

    private static int[] Numbers(JsonElement expected, string name) => [.. expected.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];
}
