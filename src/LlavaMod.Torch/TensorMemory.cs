using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>
/// Bytes that the process's tensors take of main memory. What libraries hold for themselves (OpenBLAS's buffers, oneDNN's scratch memory), managed
/// memory and tensors on other devices are not counted.
/// </summary>
public static class TensorMemory
{
    /// <summary>Bytes now.</summary>
    public static long Now
    {
        get
        {
            TorchRuntime.EnsureLoaded();
            return Shim.lm_memory();
        }
    }

    /// <summary>The most bytes at one time since the last <see cref="ResetPeak"/>.</summary>
    public static long Peak
    {
        get
        {
            TorchRuntime.EnsureLoaded();
            return Shim.lm_most_memory();
        }
    }

    /// <summary>Forgets the peak so far: it starts again from what there is now.</summary>
    public static void ResetPeak()
    {
        TorchRuntime.EnsureLoaded();
        Shim.lm_reset_most_memory();
    }
}
