using System.Text.Json;
using LlavaMod.Data;
using LlavaMod.Tokenization;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Tests.Tokenization;

/// <summary>Real conversations under Qwen2's real vocabulary, against what LLaVA-MoD's preprocessing gives for them.</summary>
public sealed class PublishedConversationTests
{
    private const string Goldens = "data/llavamod_preprocess/goldens.json";

    [SharedTheory(Goldens)]
    [InlineData("qwen", 44)]
    [InlineData("plain", 10)]
    public void Ids_and_labels_are_those_of_LLaVA_MoD(string name, int count)
    {
        var tokenizer = Tokenizer.Load(RepositoryFiles.Shared("data/tokenizer/qwen2")!);
        ChatTemplate template = name == "qwen" ? new QwenTemplate(new()) : new PlainTemplate();
        ChatTemplate reference = name == "qwen" ? new QwenTemplate(new() { Reference = true }) : template;
        var all = JsonElement.Parse(File.ReadAllBytes(RepositoryFiles.Shared(Goldens)!)).GetProperty("cases").EnumerateArray();
        var cases = all.Where(test => test.GetProperty("conv").GetString() == name).ToList();
        foreach (var test in cases)
        {
            var encoded = template.Encode(Turns(test), tokenizer);
            encoded.InputIds.ShouldBe(Numbers(test, "input_ids"), ignoreOrder: false, test.GetProperty("id").GetString());
            encoded.Labels.ShouldBe(Numbers(test, "labels"), ignoreOrder: false, test.GetProperty("id").GetString());
            reference.Encode(Turns(test), tokenizer).Labels.ShouldBe(encoded.Labels, ignoreOrder: false, test.GetProperty("id").GetString());
            if (test.TryGetProperty("prompt", out var prompt))
                template.Render(Turns(test)).ShouldBe(prompt.GetString());
        }
        cases.Count.ShouldBe(count);
    }

    private static Turn[] Turns(JsonElement test) => [.. test.GetProperty("conversations").EnumerateArray().Select(turn => new Turn(
        turn.GetProperty("from").GetString() == "human" ? Role.Human : Role.Assistant,
        turn.GetProperty("value").GetString()!))];

    private static int[] Numbers(JsonElement test, string name) => [.. test.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];
}
