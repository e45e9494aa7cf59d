using System.IO.Compression;
using System.Text.Json;
using LlavaMod.Fuzz;
using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

/// <summary>The real vocabularies of Qwen2, GPT-2 and Llama against ids from other implementations.</summary>
public sealed class PublishedTokenizerTests : IClassFixture<PublishedTokenizerTests.Tokenizers>
{
    private const string Qwen2 = "data/tokenizer/qwen2", Gpt2 = "data/tokenizer/gpt2", Llama = "data/tokenizer/llama_spm";

    private readonly Tokenizers tokenizers;

    public PublishedTokenizerTests(Tokenizers tokenizers) => this.tokenizers = tokenizers;

    [SharedTheory(Qwen2)]
    [InlineData("goldens.json", 209)]
    [InlineData("goldens_llamacpp.json", 47)]
    [InlineData("goldens_transformersjs.json", 25)]
    public void Qwen2_gives_the_published_ids(string file, int count)
    {
        Check(tokenizers.Qwen2FromVocabulary, Qwen2, file, bringsTextBack: false).ShouldBe(count);
        Check(tokenizers.Qwen2FromJson, Qwen2, file, bringsTextBack: false).ShouldBe(count);
    }

    [SharedFact(Gpt2)]
    public void Gpt2_gives_the_published_ids()
    {
        using var folder = new TemporaryFolder();
        folder.CopyFrom(RepositoryFiles.Shared(Gpt2)!, "vocab.json", "merges.txt");
        folder.Write("tokenizer_config.json", """{"tokenizer_class": "GPT2Tokenizer"}""");
        var tokenizer = Tokenizer.Load(folder.Path);
        Check(tokenizer, Gpt2, "goldens_llamacpp.json", bringsTextBack: true).ShouldBe(47);

        folder.Write("tokenizer.json", TokenizerJsonTests.Gpt2(tokenizer.Tokens, File.ReadLines(folder["merges.txt"]).Skip(1)).ToJsonString());
        File.Delete(folder["vocab.json"]);
        Check(Tokenizer.Load(folder.Path), Gpt2, "goldens_llamacpp.json", bringsTextBack: true).ShouldBe(47);
    }

    [SharedFact(Llama)]
    public void Llama_gives_the_published_ids()
    {
        Check(tokenizers.LlamaFromModel, Llama, "goldens_llamacpp.json", bringsTextBack: true).ShouldBe(47);
        Check(tokenizers.LlamaFromJson, Llama, "goldens_llamacpp.json", bringsTextBack: true).ShouldBe(47);
    }

    [SharedFact(Qwen2)]
    public void Qwen2_comes_back_from_disk_the_same()
    {
        using var folder = new TemporaryFolder();
        tokenizers.Qwen2FromVocabulary.Save(folder.Path);
        var again = Tokenizer.Load(folder.Path);
        again.Tokens.SequenceEqual(tokenizers.Qwen2FromVocabulary.Tokens).ShouldBeTrue();
        again.EndOfText.ShouldBe(151643);
        File.ReadAllText(folder["merges.txt"]).Equals(File.ReadAllText(Path.Combine(RepositoryFiles.Shared(Qwen2)!, "merges.txt"))).ShouldBeTrue();
        Check(again, Qwen2, "goldens.json", bringsTextBack: false).ShouldBe(209);
    }

    [SharedFact(Qwen2)]
    public void Streamed_answers_are_the_decoded_ones()
        => StreamingDecoderTests.StreamsWhatIsDecoded(tokenizers.Qwen2FromJson, seed: 1);

    [SharedFact(Llama)]
    public void Streamed_answers_of_Llama_are_the_decoded_ones()
        => StreamingDecoderTests.StreamsWhatIsDecoded(tokenizers.LlamaFromModel, seed: 2);

    private static int Check(Tokenizer tokenizer, string folder, string file, bool bringsTextBack)
    {
        var cases = JsonElement.Parse(File.ReadAllBytes(Path.Combine(RepositoryFiles.Shared(folder)!, file))).GetProperty("cases");
        foreach (var test in cases.EnumerateArray())
        {
            var text = test.GetProperty("text").GetString()!;
            var ids = tokenizer.Encode(text);
            ids.ShouldBe(test.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), text);
            if (bringsTextBack)
                tokenizer.Decode(ids).ShouldBe(text);
            if (!test.TryGetProperty("decoded", out var decoded))
                continue;
            tokenizer.Decode(ids).ShouldBe(decoded.GetString());
            tokenizer.Decode(ids, skipSpecial: true).ShouldBe(test.GetProperty("decoded_skip_special").GetString());
        }
        return cases.GetArrayLength();
    }

    /// <summary>The tokenizers, each loaded once.</summary>
    public sealed class Tokenizers : IDisposable
    {
        private readonly TemporaryFolder folder = new();
        private readonly Lazy<Tokenizer> qwen2FromJson, llamaFromModel, llamaFromJson;

        public Tokenizers()
        {
            qwen2FromJson = new(() =>
            {
                Directory.CreateDirectory(folder["qwen2"]);
                using var packed = new GZipStream(File.OpenRead(Path.Combine(RepositoryFiles.Shared(Qwen2)!, "tokenizer.json.gz")), CompressionMode.Decompress);
                using (var file = File.Create(folder["qwen2/tokenizer.json"]))
                    packed.CopyTo(file);
                return Tokenizer.Load(folder["qwen2"]);
            });
            llamaFromModel = new(() => Load("model", "tokenizer.model", SentencePieceWriter.Write(LlamaPieces())));
            llamaFromJson = new(() => Load("json", "tokenizer.json", System.Text.Encoding.UTF8.GetBytes(SentencePieceFiles.Json([.. LlamaPieces()]).ToJsonString())));
        }

        public Tokenizer Qwen2FromVocabulary { get; } = RepositoryFiles.Shared(Qwen2) is { } folder ? Tokenizer.Load(folder) : null!;

        public Tokenizer Qwen2FromJson => qwen2FromJson.Value;

        public Tokenizer LlamaFromModel => llamaFromModel.Value;

        public Tokenizer LlamaFromJson => llamaFromJson.Value;

        public void Dispose() => folder.Dispose();

        private Tokenizer Load(string name, string file, byte[] bytes)
        {
            Directory.CreateDirectory(folder[name]);
            File.WriteAllBytes(Path.Combine(folder[name], file), bytes);
            return Tokenizer.Load(folder[name]);
        }

        private static IEnumerable<(string Text, float Score, int Type)> LlamaPieces()
            => GgufVocabulary.Read(Path.Combine(RepositoryFiles.Shared(Llama)!, "ggml-vocab-llama-spm.gguf")).Pieces();
    }
}
