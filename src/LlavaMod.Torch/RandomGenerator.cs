using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>A seeded random generator of its own, independent of libtorch's default one. Its state can be saved and restored.</summary>
public sealed class RandomGenerator : IDisposable
{
    private nint handle;

    /// <summary>Makes a generator; the same seed gives the same numbers on the same device type.</summary>
    public RandomGenerator(ulong seed, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        handle = Shim.lm_generator((int)(device ?? Device.Cpu).Packed, seed);
        if (handle == 0) throw new TorchException($"generator: {Shim.LastError()}");
    }

    internal nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(RandomGenerator));

    /// <summary>The state as bytes.</summary>
    public byte[] Save()
    {
        using var scope = new TensorScope();
        nint state = Shim.lm_generator_state(Handle);
        if (state == 0) throw new TorchException($"generator state: {Shim.LastError()}");
        return TensorScope.Adopt(state).ToArray<byte>();
    }

    /// <summary>Goes on from a state of <see cref="Save"/>.</summary>
    public void Restore(ReadOnlySpan<byte> state)
    {
        using var scope = new TensorScope();
        Shim.Check(Shim.lm_generator_set_state(Handle, Tensor.From(state, state.Length).Handle), "generator state");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (handle != 0) Shim.lm_generator_release(handle);
        handle = 0;
    }
}
