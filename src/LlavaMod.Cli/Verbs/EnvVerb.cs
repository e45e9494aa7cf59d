using System.CommandLine;
using System.Runtime.InteropServices;
using LlavaMod.Data.Images;
using LlavaMod.Torch;
using Spectre.Console;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod env</c>: what was found on this machine, and what to do where something is missing.</summary>
internal static class EnvVerb
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("env", "Show the libtorch, devices and libraries in use, and what is missing");
        command.SetAction(_ => Run(terminal.Output));
        return command;
    }

    private static int Run(IAnsiConsole output)
    {
        Finding[] findings = [.. Machine(), .. Torch(), .. ImageLibraries()];
        foreach (var finding in findings) output.WriteLine($"{finding.Name,-12}{finding.Found}");

        var remedies = findings.Where(finding => finding.Remedy is not null).ToArray();
        if (remedies.Length > 0) output.WriteLine();
        foreach (var finding in remedies) output.WriteLine($"{finding.Name}: {finding.Remedy}");
        return findings.Any(finding => finding.Missing) ? ExitCode.UserError : ExitCode.Fine;
    }

    /// <param name="Name">What was looked for.</param>
    /// <param name="Found">What was found.</param>
    /// <param name="Remedy">How to mend or better it, or null.</param>
    /// <param name="Missing">Whether LlavaMod does not work without it.</param>
    private sealed record Finding(string Name, string Found, string? Remedy = null, bool Missing = false);

    private static IEnumerable<Finding> Machine()
    {
        yield return new("llavamod", $"{typeof(EnvVerb).Assembly.GetName().Version?.ToString(3)} on .NET {Environment.Version}, {RuntimeInformation.OSDescription}");
        yield return new("processor", $"{ProcessorName()}, {Environment.ProcessorCount} cores");
        yield return new("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20:N0} MiB");
    }

    private static string ProcessorName() =>
        File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':') + 1)..].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();

    private static Finding[] Torch()
    {
        try
        {
            TorchRuntime.EnsureLoaded();
        }
        catch (TorchException missing)
        {
            return [new("libtorch", "missing", missing.Message, Missing: true)];
        }
        return [new("libtorch", $"{TorchRuntime.Version}, {TorchRuntime.LibraryPath}"), Devices(), Blas(), BFloat16(), new("threads", $"{TorchRuntime.Threads} (OMP_NUM_THREADS changes it)")];
    }

    private static Finding Devices() => TorchRuntime.CudaDevices is var count && count > 0
        ? new("devices", $"cpu, {string.Join(", ", Enumerable.Range(0, count).Select(index => Device.Cuda(index)))}")
        : new("devices", "cpu", File.Exists("/dev/nvidiactl") ? "there is an NVIDIA GPU, but this libtorch has no CUDA: set TORCH_HOME to one that has" : null);

    // OpenBLAS names its oldest kernel Prescott, and falls back to it on processors that it does not know.
    private static Finding Blas() => TorchRuntime.BlasKernel switch
    {
        null => new("BLAS", "libtorch's own"),
        "Prescott" => new("BLAS", "OpenBLAS, Prescott kernel", "a slow kernel: set OPENBLAS_CORETYPE to SKYLAKEX, HASWELL or ZEN, as the processor is"),
        var kernel => new("BLAS", $"OpenBLAS, {kernel} kernel"),
    };

    private static Finding BFloat16() => (TorchRuntime.WidensBFloat16, TorchRuntime.HasFastBFloat16) switch
    {
        (true, _) => new("bf16", "products in fp32, rounded to bf16: saves memory, not time"),
        (false, false) => new("bf16", "oneDNN, in software: saves memory, not time"),
        (false, true) => new("bf16", "oneDNN, in hardware"),
    };

    private static IEnumerable<Finding> ImageLibraries() => ImageDecoder.Formats.Select(format => format.Library switch
    {
        null => new Finding(format.Name, "built in"),
        var library when NativeLibrary.TryLoad(library.File, out _) => new Finding(format.Name, library.File),
        var library => new Finding(format.Name, $"{library.File} is missing", $"apt-get install {library.Package}", Missing: true),
    });
}
