using System.Diagnostics;
using LlavaMod.Torch;

namespace LlavaMod.Performance;

/// <summary>Processes that are measured: scripts of bench/peers, and this program again. Both get the same threads and the same BLAS kernel.</summary>
internal static class Peer
{
    private const string Python = "/usr/bin/python3"; // Debian's, which shares Debian's libtorch with us

    /// <summary>Runs a script of bench/peers; what it prints.</summary>
    public static string Run(string script, params string[] arguments) => Start(Python, [Path.Combine(Repository.Root, "bench", "peers", script), .. arguments]);

    /// <summary>Times a script: the last of its arguments say how.</summary>
    public static Timing Time(string script, params string[] arguments) => Timing.Parse(Run(script, arguments));

    /// <summary>Times a workload of this program in a process of its own.</summary>
    public static Timing TimeOurs(string workload, int repetitions, params string[] words) =>
        Timing.Parse(Start("dotnet", [typeof(Peer).Assembly.Location, Workload.Argument, workload, $"{repetitions}", .. words]));

    private static string Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = start.Environment["OPENBLAS_NUM_THREADS"] = $"{TorchRuntime.Threads}";
        start.Environment.TryAdd("OMP_WAIT_POLICY", "PASSIVE");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1"; // leave nothing in the clone
        if (program == Python) start.Environment.TryAdd("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"); // huge pages, which our shim asks for itself
        if (TorchRuntime.BlasKernel is { } kernel) start.Environment.TryAdd("OPENBLAS_CORETYPE", kernel.ToUpperInvariant());
        using var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync();
        string printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? printed : throw new RowFailedException(
            $"{Path.GetFileName(program)} {string.Join(' ', arguments)} ended with {process.ExitCode}: {LastLine(complaints.Result)}");
    }

    private static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault("it said nothing");
}
