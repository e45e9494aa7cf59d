using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace LlavaMod.Torch.Tests;

public sealed partial class TorchRuntimeTests
{
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnvironment(string name);

    [Fact]
    public void It_says_what_it_runs_on()
    {
        TorchRuntime.Version.ShouldMatch(@"^\d+\.\d+");
        TorchRuntime.BuildSettings.ShouldContain("PyTorch");
        File.Exists(TorchRuntime.LibraryPath).ShouldBeTrue();
        TorchRuntime.CudaDevices.ShouldBeGreaterThanOrEqualTo(0);
    }

    [Fact]
    public void OpenBlas_does_not_fall_back_to_its_oldest_kernel()
    {
        if (Avx2.IsSupported && TorchRuntime.BlasKernel is { } kernel) kernel.ToLowerInvariant().ShouldNotBe("prescott");
    }

    [Fact]
    public void The_number_of_threads_reaches_libtorch_and_its_blas()
    {
        int before = TorchRuntime.Threads;
        try
        {
            TorchRuntime.Threads = 1;
            TorchRuntime.Threads.ShouldBe(1);
            StartupTuning.OpenBlasThreads().ShouldBeOneOf(null, 1);
            TorchRuntime.Threads = 2;
            TorchRuntime.Threads.ShouldBe(2);
            StartupTuning.OpenBlasThreads().ShouldBeOneOf(null, 2);
            Should.Throw<ArgumentOutOfRangeException>(() => TorchRuntime.Threads = 0);
        }
        finally
        {
            TorchRuntime.Threads = before;
        }
    }

    [Theory, InlineData("3", 3), InlineData("4,2", 4), InlineData(" 2", 2)]
    public void The_threads_that_the_user_set_win(string setting, int threads) => StartupTuning.ThreadsFor(setting).ShouldBe(threads);

    [Theory, InlineData(null), InlineData(""), InlineData("many"), InlineData("0"), InlineData("-1")]
    public void Without_a_usable_setting_all_processors_work(string? setting) => StartupTuning.ThreadsFor(setting).ShouldBe(Environment.ProcessorCount);

    [Fact]
    public void The_BLAS_kernel_that_the_user_set_wins()
    {
        TorchRuntime.EnsureLoaded(); // OpenBLAS has read it: from here on it is only a variable
        string? before = Marshal.PtrToStringUTF8(GetEnvironment("OPENBLAS_CORETYPE"));
        SetEnvironment("OPENBLAS_CORETYPE", "NEHALEM", 1);
        StartupTuning.BeforeLoad();
        Marshal.PtrToStringUTF8(GetEnvironment("OPENBLAS_CORETYPE")).ShouldBe("NEHALEM");
        SetEnvironment("OPENBLAS_CORETYPE", before ?? "", 1);
    }

    [Fact]
    public void A_missing_library_is_named_with_what_mends_it()
    {
        var message = Should.Throw<TorchException>(() => TorchRuntime.LoadShim("/no/such/folder/liblm_torch.so")).Message;
        message.ShouldContain("/no/such/folder/liblm_torch.so");
        message.ShouldContain("apt-get install libtorch-dev");
        message.ShouldContain("TORCH_HOME");
        message.ShouldNotContain("\n");
    }

    [Fact]
    public void A_file_that_is_no_library_is_named()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "not a library");
        Should.Throw<TorchException>(() => TorchRuntime.LoadShim(path)).Message.ShouldContain(path);
        File.Delete(path);
    }
}
