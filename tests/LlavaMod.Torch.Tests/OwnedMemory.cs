using System.Runtime.InteropServices;

namespace LlavaMod.Torch.Tests;

/// <summary>One float outside libtorch, which knows when libtorch has let it go.</summary>
internal sealed unsafe class OwnedMemory : IDisposable
{
    private readonly float* memory = (float*)NativeMemory.Alloc(sizeof(float));

    public OwnedMemory(float value) => *memory = value;

    public bool Released { get; private set; }

    public Tensor Tensor() => LlavaMod.Torch.Tensor.FromMemory(memory, [1], DType.Float32, this);

    public void Dispose()
    {
        Released = true;
        NativeMemory.Free(memory);
    }
}
