// What one operator costs through the binding, on tensors too small to matter: time (of the best round) and managed memory a call.
//   dotnet run -c Release --project bench/Dispatch
using System.Diagnostics;
using LlavaMod.Torch;

const int Calls = 200, Rounds = 1500; // short rounds: the best one ran undisturbed
TorchRuntime.Threads = 1;
using var outer = new TensorScope();
using var generator = new RandomGenerator(0);
Tensor x = Create.Normal([8, 8], generator), y = Create.Normal([8, 8], generator), weight = Create.Normal([8, 8], generator).RequireGrad();

Console.WriteLine($"libtorch {TorchRuntime.Version}, {Calls} calls a round, the best of {Rounds} rounds\n");
Console.WriteLine($"{"",-34}{"ns/call",10}{"bytes/call",12}");
Measure("x + y", () => _ = x + y);
Measure("x.Add_(y)", () => x.Add_(y, 0));
Measure("x.Reshape(4, 16)", () => x.Reshape(4, 16));
Measure("x.Linear(weight), not recorded", () => { using var mode = GradMode.Off(); x.Linear(weight); });
Measure("x.Linear(weight), recorded", () => x.Linear(weight));
Measure("Shaping.Cat([x, y])", () => Shaping.Cat([x, y]));
Measure("x.Elements", () => _ = x.Elements);
Measure("an empty scope", () => { using var scope = new TensorScope(); });
Measure("a scope that returns x + y", () => { using var scope = new TensorScope(); scope.Return(x + y); });

static void Measure(string name, Action call)
{
    double best = double.MaxValue;
    long bytes = 0;
    for (int round = 0; round < Rounds; round++)
    {
        using var scope = new TensorScope();
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Calls; i++) call();
        best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Calls);
        bytes = GC.GetAllocatedBytesForCurrentThread() - before;
    }
    Console.WriteLine($"{name,-34}{best,10:f0}{bytes / (double)Calls,12:f0}");
}
