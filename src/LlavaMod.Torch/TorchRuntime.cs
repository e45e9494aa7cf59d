using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>
/// Start-up. Tuning has to happen before libtorch loads, so the first use of the binding sets the environment that OpenBLAS and OpenMP
/// read, tunes glibc's allocator, loads the shim, and sets the thread counts. What the user has set in the environment wins.
/// </summary>
public static unsafe class TorchRuntime
{
    private static readonly Lock Gate = new();
    private static volatile bool loaded;
    private static nint shim;

    // The runtime binds a function of the shim when it compiles its caller, before a line of that has run: without a resolver it would find the
    // library by itself, and OpenBLAS and OpenMP would start before they are tuned.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Nothing but a resolver is registered; a library is loaded when it is first called.")]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(Shim).Assembly, (library, _, _) =>
    {
        if (library != Shim.Library) return 0;
        if (shim == 0) EnsureLoaded();
        return shim;
    });

    /// <summary>Loads libtorch if that has not happened yet. Call it on the main thread: the allocator tuning applies there.</summary>
    /// <exception cref="TorchException">libtorch or the shim cannot be loaded; the message says what was looked for and what mends it.</exception>
    public static void EnsureLoaded()
    {
        if (loaded) return;
        lock (Gate)
        {
            if (loaded) return;
            StartupTuning.BeforeLoad();
            shim = LoadShim(Path.Combine(AppContext.BaseDirectory, $"lib{Shim.Library}.so"));
            StartupTuning.AfterLoad();
            loaded = true;
        }
    }

    internal static nint LoadShim(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception missing) when (missing is DllNotFoundException or BadImageFormatException)
        {
            // .NET's advice comes first, the loader's own words last.
            string reason = missing.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
            throw new TorchException(
                $"libtorch cannot be loaded: {reason}. Install it (apt-get install libtorch-dev libopenblas0-pthread), " +
                "or point TORCH_HOME at a LibTorch folder, and build again with ./llavamod env", missing);
        }
    }

    /// <summary>libtorch's version, such as 1.13.1.</summary>
    public static string Version
    {
        get
        {
            EnsureLoaded();
            return Marshal.PtrToStringUTF8((nint)Shim.lm_version())!;
        }
    }

    /// <summary>How this libtorch was built, as it describes itself.</summary>
    public static string BuildSettings
    {
        get
        {
            EnsureLoaded();
            return Marshal.PtrToStringUTF8((nint)Shim.lm_build_settings())!;
        }
    }

    /// <summary>Number of CUDA devices that libtorch sees; 0 without CUDA.</summary>
    public static int CudaDevices
    {
        get
        {
            EnsureLoaded();
            return Shim.lm_cuda_devices();
        }
    }

    /// <summary>Whether libtorch has oneDNN, which bf16 matmul on the CPU needs.</summary>
    public static bool HasOneDnn
    {
        get
        {
            EnsureLoaded();
            return Shim.lm_has_mkldnn() == 1;
        }
    }

    /// <summary>The file that libtorch's CPU kernels were loaded from.</summary>
    public static string LibraryPath
    {
        get
        {
            EnsureLoaded();
            return StartupTuning.LoadedFile("libtorch_cpu.so") ?? "unknown";
        }
    }

    /// <summary>The kernel that OpenBLAS chose, or null when libtorch uses another BLAS.</summary>
    public static string? BlasKernel
    {
        get
        {
            EnsureLoaded();
            return StartupTuning.OpenBlasKernel();
        }
    }

    /// <summary>Whether this machine multiplies bf16 matrices in hardware (AMX or AVX-512 BF16); elsewhere bf16 saves memory, not time.</summary>
    public static bool HasFastBFloat16 => StartupTuning.CpuFlag("amx_bf16") || StartupTuning.CpuFlag("avx512_bf16");

    /// <summary>
    /// Whether BFloat16 products on the CPU are computed in Float32 and rounded, because libtorch has no BFloat16 kernel for this processor.
    /// </summary>
    public static bool WidensBFloat16 => WideProducts.IsNeeded;

    /// <summary>Threads of one operator. Setting it reaches OpenBLAS too.</summary>
    public static int Threads
    {
        get
        {
            EnsureLoaded();
            return Shim.lm_threads();
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            EnsureLoaded();
            StartupTuning.SetThreads(value);
        }
    }
}
