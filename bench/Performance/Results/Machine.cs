using LlavaMod.Torch;

namespace LlavaMod.Performance.Results;

/// <summary>Where figures come from: rows of one file are of one machine.</summary>
internal sealed record Machine(string Processor, int Cores, int Threads, int MemoryGib, string Libtorch, string BlasKernel, bool MultipliesBf16)
{
    public static Machine Here() => new(
        Field("/proc/cpuinfo", "model name"), Environment.ProcessorCount, TorchRuntime.Threads,
        (int)Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30)),
        TorchRuntime.Version, TorchRuntime.BlasKernel ?? "none", TorchRuntime.HasFastBFloat16);

    public override string ToString() =>
        $"{Processor}, {Cores} cores, {MemoryGib} GiB, {(MultipliesBf16 ? "with" : "without")} bf16 arithmetic; libtorch {Libtorch}, {Threads} threads, OpenBLAS kernel {BlasKernel}";

    private static string Field(string path, string name) =>
        File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line ? line[(line.IndexOf(':') + 1)..].Trim() : "unknown";
}
