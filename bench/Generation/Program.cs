// How fast answers are made: tokens a second of the pass over the prompts and of the steps behind it, beside the floor of a step, which is the time
// to read every weight once at the memory bandwidth that the same run measures (the best of several reads of 512 MB).
//   dotnet run -c Release --project bench/Generation [small | qwen2-0.5b]
// Random weights, Float32, prompts of 49 to 64 words; the best and the median step of 16.
using System.Diagnostics;
using LlavaMod.Data;
using LlavaMod.Generation;
using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Torch;
using LlavaMod.Training;

const int Longest = 64, Steps = 16, Rounds = 3;
var models = new (string Name, LanguageConfig Config)[]
{
    ("small", new()
    {
        VocabSize = 448, HiddenSize = 64, IntermediateSize = 160, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, TieWordEmbeddings = true,
    }),
    ("qwen2-0.5b", new()
    {
        VocabSize = 151936, HiddenSize = 896, IntermediateSize = 4864, NumHiddenLayers = 24, NumAttentionHeads = 14, NumKeyValueHeads = 2, TieWordEmbeddings = true,
    }),
};
double bandwidth = Bandwidth();
Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, {bandwidth / 1e9:f1} GB/s read\n");
Console.WriteLine($"{"",-12}{"rows",5}{"prefill tokens/s",18}{"decode tokens/s",17}{"step, ms: best",16}{"median",9}{"floor",9}{"best / floor",14}");
foreach (var (name, config) in models.Where(model => args.Length == 0 || args.Contains(model.Name)))
{
    using var scope = new TensorScope();
    using var model = Llava.Build(new LlavaConfig { Language = config }, new RandomParameters(1));
    double floor = model.AllParameters.Sum(parameter => parameter.Value.Elements * (double)sizeof(float)) / bandwidth;
    foreach (int rows in (int[])[1, 16]) Measure(name, model, rows, floor);
}

static void Measure(string name, Llava model, int rows, double floor)
{
    var random = new Random(1);
    var requests = Enumerable.Range(0, rows).Select(row => Request(row)).ToArray();
    double prefill = double.MaxValue;
    var steps = new List<double>();
    using var vision = new VisionFeatures();
    for (int round = 0; round < Rounds; round++)
    {
        using var session = new Generator(model, vision).Start(requests);
        prefill = Math.Min(prefill, Seconds(session));
        while (!session.IsDone) steps.Add(Seconds(session));
    }
    steps.Sort();
    double best = steps[0];
    int words = requests.Sum(request => request.Prompt.Sequence.InputIds.Length);
    Console.WriteLine($"{name,-12}{rows,5}{words / prefill,18:f0}{rows / best,17:f0}{best * 1e3,16:f2}{steps[steps.Count / 2] * 1e3,9:f2}{floor * 1e3,9:f2}{best / floor,14:f1}");

    GenerationRequest Request(int row)
    {
        int[] ids = [.. Enumerable.Range(0, Longest - row).Select(_ => random.Next((int)model.Config.Language.VocabSize))];
        return new GenerationRequest(new Prompt(new EncodedSample($"{row}", ids, ids), []), new GenerationOptions { MaxNewTokens = Steps + 1 });
    }
}

static double Seconds(GenerationSession session)
{
    long start = Stopwatch.GetTimestamp();
    session.Step();
    return Stopwatch.GetElapsedTime(start).TotalSeconds;
}

static double Bandwidth()
{
    using var scope = new TensorScope();
    var numbers = Create.Ones([1 << 27]);
    double best = double.MaxValue;
    for (int i = 0; i < 8; i++)
    {
        long start = Stopwatch.GetTimestamp();
        numbers.Sum().Item<float>();
        best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
    return numbers.Elements * sizeof(float) / best;
}
