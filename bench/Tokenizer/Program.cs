// How fast text becomes tokens, on one core, in MB of UTF-8 a second, and what that allocates.
//   dotnet run -c Release --project bench/Tokenizer [FOLDER ...]
// Without folders: Qwen2's and Llama's vocabularies in ../shared/data, and one that is trained here.
using System.Buffers;
using System.Diagnostics;
using System.Text;
using LlavaMod.Tests.Tokenization;
using LlavaMod.Tokenization;

const int Bytes = 4 << 20, Rounds = 5;
var root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", ".."));
while (!File.Exists(Path.Combine(root, "LlavaMod.slnx")))
    root = Path.GetDirectoryName(root)!;
var texts = MixedText.Make(root, Bytes);
var megabytes = texts.Sum(text => (double)Encoding.UTF8.GetByteCount(text)) / 1e6;

Console.WriteLine($"{texts.Count} texts, {megabytes:f1} MB: the first pass, then the best of {Rounds}\n");
Console.WriteLine($"{"",-34}{"first MB/s",12}{"MB/s",8}{"tokens",10}{"bytes/token",13}");
if (args.Length > 0)
{
    foreach (var folder in args)
        Measure(folder, Tokenizer.Load(folder));
    return;
}
var shared = Path.Combine(root, "..", "shared", "data", "tokenizer");
if (Directory.Exists(Path.Combine(shared, "qwen2")))
    Measure("byte-level BPE, Qwen2", Tokenizer.Load(Path.Combine(shared, "qwen2")));
if (File.Exists(Path.Combine(shared, "llama_spm", "ggml-vocab-llama-spm.gguf")))
    Measure("SentencePiece BPE, Llama", Llama(Path.Combine(shared, "llama_spm", "ggml-vocab-llama-spm.gguf")));
Measure("byte-level BPE, trained here, 4096", BpeTokenizer.Train(texts.Take(500), 4096, ["<|endoftext|>"]));

void Measure(string name, Tokenizer tokenizer)
{
    var ids = new ArrayBufferWriter<int>(1 << 16);
    double first = Round(), best = double.MaxValue;
    long tokens = 0, allocated = long.MaxValue;
    for (var round = 0; round < Rounds; round++)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        best = Math.Min(best, Round());
        allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
    }
    Console.WriteLine($"{name,-34}{megabytes / first,12:f1}{megabytes / best,8:f1}{tokens,10}{allocated / (double)tokens,13:f3}");

    double Round()
    {
        tokens = 0;
        var start = Stopwatch.GetTimestamp();
        foreach (var text in texts)
        {
            ids.ResetWrittenCount();
            tokenizer.Encode(text, ids);
            tokens += ids.WrittenCount;
        }
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

static Tokenizer Llama(string gguf)
{
    var folder = Directory.CreateTempSubdirectory("llavamod-bench").FullName;
    try
    {
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), SentencePieceFiles.Model(GgufVocabulary.Read(gguf).Pieces()));
        return Tokenizer.Load(folder);
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}
