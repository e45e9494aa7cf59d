using System.Diagnostics;
using LlavaMod.Torch;

namespace LlavaMod.Bench.Step;

/// <summary>Processes that are measured: bench/peers/step.py, and this program again. Both get the same threads and the same BLAS kernel.</summary>
internal static class Peer
{
    /// <summary>Runs the script; what it prints.</summary>
    public static string Run(params string[] arguments) => Start("/usr/bin/python3", [Path.Combine("bench", "peers", "step.py"), .. arguments]);

    /// <summary>Runs this program; what it prints.</summary>
    public static string RunOurs(params string[] arguments) => Start("dotnet", [typeof(Peer).Assembly.Location, .. arguments]);

    private static string Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["OMP_NUM_THREADS"] = start.Environment["OPENBLAS_NUM_THREADS"] = $"{TorchRuntime.Threads}";
        start.Environment.TryAdd("OMP_WAIT_POLICY", "PASSIVE");
        if (TorchRuntime.BlasKernel is { } kernel) start.Environment.TryAdd("OPENBLAS_CORETYPE", kernel.ToUpperInvariant());
        using var process = Process.Start(start)!;
        string printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? printed : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
