// How fast text becomes tokens, in MB of UTF-8 a second of one core's time, and what that allocates. Every round has new texts, so that a tokenizer's memory
// of words helps as much as it does in use, and not more; the last column is the last round once more, when every word has been seen.
//   dotnet run -c Release --project bench/Tokenizer [FOLDER ...]
// Without folders: Qwen2's and Llama's vocabularies in ../shared/data, and one that is trained here.
using System.Buffers;
using System.Text;
using LlavaMod.Tests.Tokenization;
using LlavaMod.Tokenization;

const int Bytes = 3 << 20, Rounds = 5;
var root = Path.GetFullPath(AppContext.BaseDirectory);
while (!File.Exists(Path.Combine(root, "LlavaMod.slnx")))
    root = Path.GetDirectoryName(root)!;
var rounds = Enumerable.Range(0, Rounds + 1).Select(round => MixedText.Make(root, Bytes, seed: round)).ToList();

Console.WriteLine($"{Rounds} rounds of {rounds[0].Count} texts, {Bytes / 1e6:f1} MB each, after one to warm up: MB/s of the best and the median round, of each kind of");
Console.WriteLine("text in all rounds, and of the last round once more; bytes a token that new words leave in memory, and that the known ones allocate\n");
Console.WriteLine($"{"",-36}{"best",7}{"median",8}{string.Concat(MixedText.Kinds.Select(kind => $"{kind,9}"))}{"again",8}{"bytes: new",12}{"again",8}");
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
Measure("byte-level BPE, trained here, 4096", BpeTokenizer.Train(rounds[0].Take(500).Select(entry => entry.Text), 4096, ["<|endoftext|>"]));

void Measure(string name, Tokenizer tokenizer)
{
    var ids = new ArrayBufferWriter<int>(1 << 16);
    var kinds = MixedText.Kinds.ToDictionary(kind => kind, _ => (Bytes: 0.0, Seconds: 0.0));
    Round(rounds[0]);
    foreach (var kind in MixedText.Kinds)
        kinds[kind] = default;
    var fresh = rounds.Skip(1).Select(Round).ToList();
    var speeds = fresh.Select(round => round.Speed).Order().ToList();
    var shown = string.Concat(MixedText.Kinds.Select(kind => $"{kinds[kind].Bytes / 1e6 / kinds[kind].Seconds,9:f1}"));
    var again = Round(rounds[^1]);
    Console.WriteLine($"{name,-36}{speeds[^1],7:f1}{speeds[Rounds / 2],8:f1}{shown}{again.Speed,8:f1}{fresh.Average(round => round.Allocated),12:f2}{again.Allocated,8:f2}");

    (double Speed, double Allocated) Round(List<(string Kind, string Text)> texts)
    {
        double bytes = 0, seconds = 0;
        long tokens = 0, allocated = 0;
        foreach (var kind in texts.GroupBy(entry => entry.Kind))
        {
            var size = kind.Sum(entry => (double)Encoding.UTF8.GetByteCount(entry.Text));
            var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CpuUsage.TotalTime);
            foreach (var (_, text) in kind)
            {
                ids.ResetWrittenCount();
                tokenizer.Encode(text, ids);
                tokens += ids.WrittenCount;
            }
            var took = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            kinds[kind.Key] = (kinds[kind.Key].Bytes + size, kinds[kind.Key].Seconds + took);
            (bytes, seconds) = (bytes + size, seconds + took);
        }
        return (bytes / 1e6 / seconds, allocated / (double)tokens);
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
