// An AdamW step over many Float32 parameters, and the norm of their gradients, beside torch.optim.AdamW (bench/peers/optimizer.py) and a copy of memory.
// Bytes are those that must move: weight, moments and gradient read, weight and moments written (28 an element); 4 for the norm, 8 for a copied element.
//   apt install python3-torch
//   dotnet run -c Release --project bench/Optimizer [MILLIONS]     200 million parameters by default: 3.2 GB
// Run it in the repository's root. OMP_NUM_THREADS=1 times one thread.
using System.Diagnostics;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;

const int Tensors = 50, Rounds = 5;
int millions = args.Length > 0 ? int.Parse(args[0]) : 200;
long each = millions * 1_000_000L / Tensors, elements = each * Tensors;
TorchRuntime.EnsureLoaded();
Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, {elements / 1e6:N0} M parameters, the median of {Rounds}\n");
Console.WriteLine($"{"",-26}{"ms",10}{"processor, ms",16}{"GB/s",8}");
Ours();
foreach (string how in (string[])["single", "foreach"]) Peer(how);

void Ours()
{
    using var scope = new TensorScope();
    using var generator = new RandomGenerator(0);
    var parameters = Enumerable.Range(0, Tensors).Select(i => KeyValuePair.Create($"{i}", Create.Normal([each], generator).RequireGrad())).ToList();
    var gradients = parameters.ConvertAll(_ => Create.Normal([each], generator));
    using var optimizer = new AdamW([new ParameterGroup(parameters, 0.1)], (0.9, 0.98));
    void GiveGradients()
    {
        for (int i = 0; i < Tensors; i++) parameters[i].Value.SetGrad(gradients[i]);
    }
    Measure("norm", 4, GiveGradients, () => optimizer.ClipGradients(1));
    Measure("step", 28, GiveGradients, () => optimizer.Step(1e-4));
    // Into the moments' memory, which is touched by now.
    var moments = optimizer.Save().Where(entry => entry.Key.EndsWith("exp_avg", StringComparison.Ordinal)).Select(entry => entry.Value).ToList();
    Measure("copy", 8, () => { }, () =>
    {
        for (int i = 0; i < Tensors; i++) moments[i].Copy_(gradients[i]);
    });
}

void Measure(string name, int bytes, Action before, Action run)
{
    var (wall, processor) = (new List<double>(), new List<double>());
    for (int round = 0; round <= Rounds; round++)
    {
        before();
        var spent = Process.GetCurrentProcess().TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        run();
        if (round == 0) continue;
        wall.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        processor.Add((Process.GetCurrentProcess().TotalProcessorTime - spent).TotalMilliseconds);
    }
    Print(name, bytes, wall.Order().ElementAt(Rounds / 2), processor.Order().ElementAt(Rounds / 2));
}

void Peer(string how)
{
    var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine("bench", "peers", "optimizer.py"), how, $"{Tensors}", $"{each}", $"{Rounds}"]) { RedirectStandardOutput = true };
    start.Environment["OMP_NUM_THREADS"] = $"{TorchRuntime.Threads}";
    start.Environment.TryAdd("OMP_WAIT_POLICY", "PASSIVE");
    using var process = Process.Start(start)!;
    while (process.StandardOutput.ReadLine() is { } line)
    {
        string[] fields = line.Split(' ');
        Print($"torch, {how}, {fields[0]}", fields[0] == "norm" ? 4 : 28, double.Parse(fields[1]), double.Parse(fields[2]));
    }
    process.WaitForExit();
    if (process.ExitCode != 0) throw new InvalidOperationException($"bench/peers/optimizer.py ended with {process.ExitCode}");
}

void Print(string name, int bytes, double wall, double processor) =>
    Console.WriteLine($"{name,-26}{wall,10:f1}{processor,16:f1}{bytes * elements / wall / 1e6,8:f1}");
