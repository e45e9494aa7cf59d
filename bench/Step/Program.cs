// A training step beside the same step in plain PyTorch (bench/peers/step.py), on the same weights and data. Losses and gradients are compared first, in
// Float32; where they differ, nothing is timed and the exit code is 1. Then both are timed in turn, each time in a process of its own.
//   apt install python3-torch
//   dotnet run -c Release --project bench/Step [small | real] [d2d | d2s | preference] [bf16] [check]
// Run it in the repository's root. "check" stops after the comparison.
using LlavaMod.Bench.Step;
using LlavaMod.Torch;

const int Pairs = 3, Steps = 5;
const double CapacityFactor = 1.5; // as LLaVA-MoD trains: what finds its expert full is dropped by the peer, and computed by us
string[] stages = [.. ((string[])["d2d", "d2s", "preference"]).Where(stage => args.Contains(stage))];
if (stages.Length == 0) stages = ["d2d", "d2s", "preference"];
var geometry = args.Contains("real") ? Geometry.Real : Geometry.Small;
var dtype = args.Contains("bf16") ? DType.BFloat16 : DType.Float32;
if (args.Contains("ours")) // a process that is measured
{
    Timing.PrintOurs(geometry, stages[0], dtype, Steps);
    return 0;
}

using var outer = new TensorScope();
string folder = Directory.CreateTempSubdirectory("step").FullName;
try
{
    if (!stages.All(stage => Agreement.Run(geometry, stage, folder))) return 1;
    if (args.Contains("check")) return 0;
    Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, {geometry.Name}, {dtype}, {Pairs} pairs of {Steps} steps\n");
    Console.WriteLine($"{"",-12}{"ours, ms",12}{"min .. max",20}{"peer, ms",12}{"min .. max",20}{"speed",8}{"ours, MiB",12}{"peer, MiB",12}{"memory",8}");
    foreach (string stage in stages) Measure(stage);
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

void Measure(string stage)
{
    string input = Path.Combine(folder, "weights.safetensors");
    using (var step = new OurStep(geometry, stage, dtype, clip: 1)) step.Write(input, CapacityFactor);
    List<Timing> ours = [], peer = [];
    for (int pair = 0; pair < Pairs; pair++)
    {
        ours.Add(Timing.Parse(Peer.RunOurs("ours", geometry.Name, stage, dtype == DType.BFloat16 ? "bf16" : "fp32")));
        peer.Add(Timing.Parse(Peer.Run(input, stage, "--time", $"{Steps}")));
    }
    Timing here = Timing.Of(ours), there = Timing.Of(peer);
    Console.WriteLine($"{stage,-12}{here.Median * 1e3,12:f1}{Range(here),20}{there.Median * 1e3,12:f1}{Range(there),20}{there.Median / here.Median,7:f2}x"
        + $"{here.Peak / 1048576.0,12:f0}{there.Peak / 1048576.0,12:f0}{(double)here.Peak / there.Peak,7:f2}x");
}

static string Range(Timing timing) => $"{timing.Min * 1e3:f1} .. {timing.Max * 1e3:f1}";
