// What loading a model takes: the most memory that a fresh process ever holds, against the loaded model's size, and time.
// Makes checkpoints of 510 million random parameters in three types, in one file and in shards (4 GB in the temporary folder, removed again).
//   dotnet run -c Release --project bench/Loading
//   dotnet run -c Release --project bench/Loading -- FOLDER float32|bfloat16     one load of a folder of your own
using System.Diagnostics;
using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Torch;

if (args is [var given, var wanted])
{
    Load(given, Enum.Parse<DType>(wanted, ignoreCase: true));
    return;
}
string folder = Directory.CreateTempSubdirectory("llavamod-loading-").FullName;
try
{
    Make(folder);
    Console.WriteLine($"{"files",-22}{"loaded as",-10}{"model",9}{"peak",9}{"peak/model",12}{"above start",12}{"seconds",9}{"GB/s",7}");
    foreach (string name in Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Order())
    {
        foreach (string dtype in (string[])["float32", "bfloat16"])
        {
            Console.Write($"{name,-22}");
            using var process = Process.Start(Environment.ProcessPath!, [Path.Combine(folder, name), dtype]);
            process.WaitForExit();
        }
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static void Make(string folder)
{
    var config = new LlavaConfig
    {
        Language = new LanguageConfig
        {
            VocabSize = 151_936, HiddenSize = 1024, IntermediateSize = 4096, NumHiddenLayers = 12, NumAttentionHeads = 16, NumKeyValueHeads = 16,
        },
    };
    using var model = Llava.Build(config, new RandomParameters(0));
    var weights = model.AllParameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value)).ToList();
    foreach (var (dtype, shards) in ((DType, bool)[])[(DType.Float32, false), (DType.Float16, false), (DType.BFloat16, true)])
    {
        string path = Directory.CreateDirectory(Path.Combine(folder, $"{dtype.ToString().ToLowerInvariant()}{(shards ? ", shards" : "")}")).FullName;
        SafetensorsShards.Write(path, weights, shards ? 400_000_000 : long.MaxValue, dtype);
        File.WriteAllText(Path.Combine(path, ModelFolder.ConfigFile), ModelConfigFile.Write(config, "float32"));
    }
}

static void Load(string folder, DType dtype)
{
    TorchRuntime.EnsureLoaded();
    using (new TensorScope()) Create.Zeros([1]).ToArray<float>(); // what libtorch takes at all
    long before = Status("VmRSS");
    long start = Stopwatch.GetTimestamp();
    using var model = ModelFolder.Load(folder, dtype);
    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    long peak = Status("VmHWM"), size = model.AllParameters.Sum(parameter => parameter.Value.Elements * parameter.Value.DType.Size());
    long stored = Directory.GetFiles(folder).Sum(file => new FileInfo(file).Length);
    Console.WriteLine($"{dtype,-10}{size / 1e6,6:N0} MB{peak / 1e6,6:N0} MB{peak / (double)size,12:F3}{(peak - before) / (double)size,12:F3}{seconds,9:F2}{stored / seconds / 1e9,7:F2}");
}

// The kernel's figure, in bytes.
static long Status(string key) =>
    long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith($"{key}:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024;
