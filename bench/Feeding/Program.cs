// How long a training step waits for its batch while pictures are decoded, padded, resized and normalised beside it: batches of 8 pictures of 336
// pixels, and steps that keep every thread multiplying matrices for a given time. The last column is what the same work takes without any pictures, over
// what it takes with them: what reading costs the step.
//   dotnet run -c Release --project bench/Feeding -- FOLDER        a folder of pictures; LLaVA's are JPEG of 640 x 480, 100 to 200 kB
using System.Diagnostics;
using LlavaMod.Bench.Feeding;
using LlavaMod.Torch;
using LlavaMod.Training;

const int BatchSize = 8, Steps = 20;
using var pictures = new Pictures(args[0], count: 100_000);
if (pictures.Files == 0) throw new ArgumentException($"{args[0]} holds no file");
using var outer = new TensorScope();
using var generator = new RandomGenerator(0);
var matrix = Create.Normal([512, 512], generator);
double product = SecondsOf(() => Multiply(100)) / 100;
var spent = Environment.CpuUsage.TotalTime;
for (int i = 0; i < 5 * pictures.Files; i++) pictures.Load(0, i);
double picture = (Environment.CpuUsage.TotalTime - spent).TotalSeconds / (5 * pictures.Files);

Console.WriteLine($"{TorchRuntime.Threads} threads, {Environment.ProcessorCount} cores, batches of {BatchSize}; a picture takes {picture * 1e3:f1} ms of one core, a batch {picture * BatchSize * 1e3:f0} ms\n");
Console.WriteLine($"{"step, ms",10}{"with pictures",15}{"waits, ms",12}{"share",8}{"speed",8}");
foreach (int milliseconds in (int[])[60, 125, 250, 500, 1000]) Measure(Math.Max(1, (int)(milliseconds / 1e3 / product)));

void Measure(int products)
{
    double alone = SecondsOf(() => Multiply(products));
    var plan = new BatchPlan { BatchSize = BatchSize, MicroBatchSize = BatchSize, MaxLength = 2048, TokensPerImage = 576, Seed = "feeding" };
    using var loader = new BatchLoader(pictures, plan, 0);
    double waited = 0, whole = 0;
    for (int step = -3; step < Steps; step++) // the first ones fill what is read ahead
    {
        long start = Stopwatch.GetTimestamp();
        loader.Next();
        double wait = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Multiply(products);
        if (step < 0) continue;
        waited += wait;
        whole += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
    Console.WriteLine($"{alone * 1e3,10:f0}{whole / Steps * 1e3,15:f0}{waited / Steps * 1e3,12:f1}{waited / whole,8:p1}{alone * Steps / whole,8:f2}");
}

void Multiply(int products)
{
    for (int i = 0; i < products; i++)
    {
        using var scope = new TensorScope();
        matrix.Linear(matrix);
    }
}

static double SecondsOf(Action action)
{
    action();
    long start = Stopwatch.GetTimestamp();
    action();
    return Stopwatch.GetElapsedTime(start).TotalSeconds;
}
