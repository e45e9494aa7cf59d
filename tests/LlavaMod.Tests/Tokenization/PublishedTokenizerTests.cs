using System.Text.Json;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

/// <summary>The real vocabularies of Qwen2 and GPT-2 against ids from other implementations.</summary>
public sealed class PublishedTokenizerTests
{
    private const string Qwen2 = "data/tokenizer/qwen2", Gpt2 = "data/tokenizer/gpt2";

    private static readonly Lazy<Tokenizer> Qwen2Tokenizer = new(() => Tokenizer.Load(RepositoryFiles.Shared(Qwen2)!));

    [SharedTheory(Qwen2)]
    [InlineData("goldens.json", 209)]
    [InlineData("goldens_llamacpp.json", 47)]
    [InlineData("goldens_transformersjs.json", 25)]
    public void Qwen2_gives_the_published_ids(string file, int count) => Check(Qwen2Tokenizer.Value, Qwen2, file).ShouldBe(count);

    [SharedFact(Gpt2)]
    public void Gpt2_gives_the_published_ids()
    {
        using var folder = new TemporaryFolder();
        folder.CopyFrom(RepositoryFiles.Shared(Gpt2)!, "vocab.json", "merges.txt");
        folder.Write("tokenizer_config.json", """{"tokenizer_class": "GPT2Tokenizer"}""");
        Check(Tokenizer.Load(folder.Path), Gpt2, "goldens_llamacpp.json").ShouldBe(47);
    }

    [SharedFact(Qwen2)]
    public void Qwen2_comes_back_from_disk_the_same()
    {
        using var folder = new TemporaryFolder();
        Qwen2Tokenizer.Value.Save(folder.Path);
        var again = Tokenizer.Load(folder.Path);
        again.Tokens.SequenceEqual(Qwen2Tokenizer.Value.Tokens).ShouldBeTrue();
        again.EndOfText.ShouldBe(151643);
        File.ReadAllText(folder["merges.txt"]).Equals(File.ReadAllText(Path.Combine(RepositoryFiles.Shared(Qwen2)!, "merges.txt"))).ShouldBeTrue();
        Check(again, Qwen2, "goldens.json").ShouldBe(209);
    }

    private static int Check(Tokenizer tokenizer, string folder, string file)
    {
        var cases = JsonElement.Parse(File.ReadAllBytes(Path.Combine(RepositoryFiles.Shared(folder)!, file))).GetProperty("cases");
        foreach (var test in cases.EnumerateArray())
        {
            var ids = tokenizer.Encode(test.GetProperty("text").GetString()!);
            ids.ShouldBe(test.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), test.GetProperty("text").GetString());
            if (!test.TryGetProperty("decoded", out var decoded))
                continue;
            tokenizer.Decode(ids).ShouldBe(decoded.GetString());
            tokenizer.Decode(ids, skipSpecial: true).ShouldBe(test.GetProperty("decoded_skip_special").GetString());
        }
        return cases.GetArrayLength();
    }
}
