using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>Whether operators of this thread are recorded for backward, for as long as the guard lives.</summary>
public readonly ref struct GradMode : IDisposable
{
    private readonly int before;

    private GradMode(bool record)
    {
        TorchRuntime.EnsureLoaded();
        before = Shim.lm_grad_mode(record ? 1 : 0);
    }

    /// <summary>Records nothing: inference, teachers, optimisers. <c>using (GradMode.Off()) { ... }</c></summary>
    public static GradMode Off() => new(false);

    /// <summary>Records, as inside a backward that computes something again.</summary>
    public static GradMode On() => new(true);

    /// <summary>Whether this thread records now.</summary>
    public static bool IsOn
    {
        get
        {
            TorchRuntime.EnsureLoaded();
            return Shim.lm_grad_mode(-1) == 1;
        }
    }

    /// <summary>Goes back to the mode before.</summary>
    public void Dispose() => Shim.lm_grad_mode(before);
}
