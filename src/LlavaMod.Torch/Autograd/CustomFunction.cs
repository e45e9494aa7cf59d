using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>
/// A function with a backward of its own in managed code. Compute the outputs with <see cref="GradMode.Off"/>, then <see cref="Attach"/>
/// them to their inputs. The engine may call <see cref="Backward"/> on another thread: keep no thread-bound state in the function.
/// </summary>
public abstract unsafe class CustomFunction
{
    /// <summary>
    /// Gradients of the inputs, in their order; null where an input needs none. <paramref name="gradients"/> holds one entry an output, null
    /// where it did not take part; others may read them too, so do not change them in place. A scope of its own is open, and recording is
    /// off. An exception ends the pass and reaches whoever started it, as the inner exception of a <see cref="TorchException"/>.
    /// </summary>
    protected abstract Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved);

    /// <summary>
    /// Makes <paramref name="outputs"/> the results of this function of <paramref name="inputs"/>. Tensors in <paramref name="saved"/> live
    /// until backward and are checked for in-place changes. False when no input requires a gradient or recording is off.
    /// </summary>
    /// <exception cref="TorchException">An output was computed with recording on, is one of the inputs, or holds no real numbers.</exception>
    protected bool Attach(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Tensor> saved)
    {
        nint* ins = stackalloc nint[inputs.Length], outs = stackalloc nint[outputs.Length], kept = stackalloc nint[saved.Length];
        Fill(ins, inputs);
        Fill(outs, outputs);
        Fill(kept, saved);
        nint context = GCHandle.ToIntPtr(GCHandle.Alloc(this));
        int status = Shim.lm_attach(GetType().Name, ins, inputs.Length, outs, outputs.Length, kept, saved.Length, &Call, context, &Release);
        Shim.Check(status, GetType().Name);
        return status == 1;
    }

    private static void Fill(nint* handles, ReadOnlySpan<Tensor> tensors)
    {
        for (int i = 0; i < tensors.Length; i++) handles[i] = tensors[i].Handle;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Call(nint context, nint* gradients, int gradientsCount, nint* saved, int savedCount, nint* results, int resultsCount)
    {
        // Never throw through native frames: the shim carries the exception to whoever started the backward.
        try
        {
            using var scope = new TensorScope();
            using var mode = GradMode.Off();
            var function = (CustomFunction)GCHandle.FromIntPtr(context).Target!;
            var found = function.Backward(Borrow(gradients, gradientsCount), Borrow(saved, savedCount)!);
            if (found.Length != resultsCount)
            {
                throw new InvalidOperationException($"{function.GetType().Name} gave {found.Length} gradients for {resultsCount} inputs");
            }
            for (int i = 0; i < resultsCount; i++)
            {
                if (found[i] is not { } gradient) continue;
                Shim.lm_retain(gradient.Handle);
                results[i] = gradient.Handle;
            }
            return 0;
        }
        catch (Exception exception)
        {
            return GCHandle.ToIntPtr(GCHandle.Alloc(exception));
        }
    }

    private static Tensor?[] Borrow(nint* handles, int count)
    {
        var tensors = new Tensor?[count];
        for (int i = 0; i < count; i++)
        {
            if (handles[i] == 0) continue;
            Shim.lm_retain(handles[i]);
            tensors[i] = TensorScope.Adopt(handles[i]);
        }
        return tensors;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Release(nint context) => GCHandle.FromIntPtr(context).Free();

    /// <summary>The exception of a failed pass; where a backward in managed code threw, its exception is the inner one.</summary>
    internal static TorchException Failure(string what)
    {
        nint thrown = Shim.lm_managed_failure();
        if (thrown == 0) return new TorchException($"{what}: {Shim.LastError()}");
        var exception = (Exception)GCHandle.FromIntPtr(thrown).Target!;
        // A pass inside a backward has wrapped its cause once already.
        var cause = exception is TorchException { InnerException: { } inner } ? inner : exception;
        return new TorchException($"{what}: {cause.Message}", cause);
    }
}
