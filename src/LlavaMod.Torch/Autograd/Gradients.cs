using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>Backward passes and gradients.</summary>
public static unsafe class Gradients
{
    /// <summary>Inside a backward: whether the pass adds to the gradients of leaves, as opposed to <see cref="Of"/>.</summary>
    internal static bool PassAccumulates => Shim.lm_pass_accumulates() == 1;

    /// <summary>Whether the tensor takes part in backward.</summary>
    public static bool RequiresGrad(this Tensor tensor)
    {
        TensorInfo info;
        Shim.Check(Shim.lm_info(tensor.Handle, &info), "requires_grad");
        return (info.Flags & 1) != 0;
    }

    /// <summary>Marks a leaf as (not) taking part in backward.</summary>
    public static Tensor RequireGrad(this Tensor tensor, bool on = true)
    {
        Shim.Check(Shim.lm_set_requires_grad(tensor.Handle, on ? 1 : 0), $"requires_grad of {tensor}");
        return tensor;
    }

    /// <summary>The accumulated gradient of a leaf, owned by the current scope; null when there is none.</summary>
    public static Tensor? Grad(this Tensor tensor)
    {
        nint gradient;
        Shim.Check(Shim.lm_grad(tensor.Handle, &gradient), "grad");
        return gradient == 0 ? null : TensorScope.Adopt(gradient);
    }

    /// <summary>Replaces the accumulated gradient, by one of the same shape, type and device; null drops it.</summary>
    public static void SetGrad(this Tensor tensor, Tensor? gradient) =>
        Shim.Check(Shim.lm_set_grad(tensor.Handle, gradient?.Handle ?? 0), $"grad of {tensor}");

    /// <summary>
    /// Adds d(tensor)/d(leaf), weighted by <paramref name="gradient"/> (1 for a scalar), to the gradient of every leaf that requires it.
    /// The graph is freed unless <paramref name="retainGraph"/>.
    /// </summary>
    public static void Backward(this Tensor tensor, Tensor? gradient = null, bool retainGraph = false)
    {
        nint root = tensor.Handle, weight = gradient?.Handle ?? 0;
        int status = Shim.lm_backward(&root, &weight, 1, retainGraph ? 1 : 0);
        if (status < 0) throw CustomFunction.Failure("backward");
    }

    /// <summary>
    /// d(output)/d(input) for each input, without touching accumulated gradients; null for an input that the output does not depend on.
    /// </summary>
    public static Tensor?[] Of(Tensor output, ReadOnlySpan<Tensor> inputs, Tensor? gradient = null, bool retainGraph = false)
    {
        nint root = output.Handle, weight = gradient?.Handle ?? 0;
        var handles = new nint[inputs.Length];
        var results = new nint[inputs.Length];
        for (int i = 0; i < handles.Length; i++) handles[i] = inputs[i].Handle;
        fixed (nint* sources = handles, targets = results)
        {
            int status = Shim.lm_gradients(&root, &weight, 1, sources, handles.Length, retainGraph ? 1 : 0, targets);
            if (status < 0) throw CustomFunction.Failure("gradients");
        }
        return Array.ConvertAll(results, handle => handle == 0 ? null : TensorScope.Adopt(handle));
    }
}
