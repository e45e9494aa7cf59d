using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>What has to be set around the loading of libtorch, and why.</summary>
internal static unsafe partial class StartupTuning
{
    private const int MTrimThreshold = -1;
    private const int MTopPad = -2;
    private const int MMmapMax = -4;
    private const int MArenaMax = -8;

    // Looked up once: it is called before and after jobs of milliseconds.
    private static readonly Lazy<nint> SetOpenBlas = new(() => OpenBlas("openblas_set_num_threads"));

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetMallocOption(int parameter, int value);

    public static void BeforeLoad()
    {
        // OpenBLAS 0.3.21 does not know recent CPUs and falls back to a 2004 kernel, a fifth of the speed. libc's setenv, because .NET's
        // own environment does not reach getenv; it does not overwrite what the user has set.
        if (Avx512F.IsSupported && Avx512BW.IsSupported) SetEnvironment("OPENBLAS_CORETYPE", "SKYLAKEX", 0);
        else if (Avx2.IsSupported && Fma.IsSupported) SetEnvironment("OPENBLAS_CORETYPE", "HASWELL", 0);
        // Worker threads that spin while they wait are fast on an idle machine and ruin a shared one: with one other busy process on two
        // cores, spinning made a training step six times slower, sleeping made it no slower than one thread.
        SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
        SetEnvironment("OPENBLAS_THREAD_TIMEOUT", "4", 0);
        TuneAllocator();
    }

    // glibc returns every big block to the kernel on free and faults it in again on the next op, which costs more than most ops.
    private static void TuneAllocator()
    {
        if (!OperatingSystem.IsLinux() || UserTunesAllocator()) return;
        SetMallocOption(MMmapMax, 0);
        SetMallocOption(MTrimThreshold, -1);
        SetMallocOption(MTopPad, 64 << 20);
        SetMallocOption(MArenaMax, 1); // other arenas map and unmap their heaps however they are tuned, and training may use several threads
    }

    private static bool UserTunesAllocator() =>
        Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name =>
            name.StartsWith("MALLOC_", StringComparison.Ordinal) || name is "GLIBC_TUNABLES" or "LD_PRELOAD");

    public static void AfterLoad()
    {
        Shim.lm_count_memory(hugePages: UserTunesAllocator() ? 0 : 1); // before there is a tensor
        // libtorch starts with one thread.
        SetThreads(ThreadsFor(Environment.GetEnvironmentVariable("OMP_NUM_THREADS")));
    }

    // OMP_NUM_THREADS may be a list, one number a nesting level.
    public static int ThreadsFor(string? setting) =>
        int.TryParse(setting?.Split(',')[0], out int threads) && threads >= 1 ? threads : Environment.ProcessorCount;

    public static void SetThreads(int count)
    {
        Shim.lm_set_threads(count);
        SetOpenBlasThreads(count);
    }

    public static void SetOpenBlasThreads(int count)
    {
        if (SetOpenBlas.Value is var set && set != 0) ((delegate* unmanaged[Cdecl]<int, void>)set)(count);
    }

    public static int? OpenBlasThreads() =>
        OpenBlas("openblas_get_num_threads") is var get && get != 0 ? ((delegate* unmanaged[Cdecl]<int>)get)() : null;

    public static string? OpenBlasKernel()
    {
        nint name = OpenBlas("openblas_get_corename");
        return name == 0 ? null : Marshal.PtrToStringUTF8((nint)((delegate* unmanaged[Cdecl]<byte*>)name)());
    }

    // The OpenBLAS that libtorch itself loaded; 0 when it uses MKL or another BLAS.
    private static nint OpenBlas(string function)
    {
        string? file = LoadedFile("libopenblas");
        return file is not null && NativeLibrary.TryLoad(file, out nint library) && NativeLibrary.TryGetExport(library, function, out nint address)
            ? address
            : 0;
    }

    public static string? LoadedFile(string namePart)
    {
        if (!OperatingSystem.IsLinux()) return null;
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            int slash = line.IndexOf('/');
            if (slash >= 0 && Path.GetFileName(line.AsSpan(slash)).StartsWith(namePart, StringComparison.Ordinal)) return line[slash..];
        }
        return null;
    }

    public static bool CpuFlag(string flag) =>
        OperatingSystem.IsLinux() && File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) is { } flags
        && flags.Split(' ').Contains(flag);
}
