// Tests share the process-wide count of live tensors, the environment and libtorch's thread count.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace LlavaMod.Torch.Tests;

/// <summary>A test with a scope of its own, which also fails when it leaves tensors behind.</summary>
public abstract class TorchTest : IDisposable
{
    private readonly long before = Tensor.Live;
    private readonly TensorScope scope = new();

    public virtual void Dispose()
    {
        scope.Dispose();
        GC.SuppressFinalize(this);
        Tensor.Live.ShouldBe(before, "the test leaves tensors behind");
    }

    protected static Tensor Floats(params float[] elements) => Tensor.From(elements, elements.Length);

    protected static Tensor Ids(params long[] elements) => Tensor.From(elements, elements.Length);

    protected static Tensor Mask(params bool[] elements) => Tensor.From(elements, elements.Length);
}
