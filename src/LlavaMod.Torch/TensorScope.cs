using System.Runtime.CompilerServices;
using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>
/// Owns the tensors that are made on this thread while it is the innermost scope, and releases them when disposed.
/// A method returns a tensor that its caller's scope owns; everything else it made dies with its own scope:
/// <code>
/// using var scope = new TensorScope();
/// var hidden = x.Linear(weight).Silu();
/// return scope.Return(hidden.Sum());
/// </code>
/// </summary>
public sealed unsafe class TensorScope : IDisposable
{
    // One growing list a thread, of which every open scope owns a contiguous part: [start, next scope's start).
    [ThreadStatic] private static Tensor[]? owned;
    [ThreadStatic] private static int count;
    [ThreadStatic] private static TensorScope? current;

    private readonly TensorScope? outer;
    private readonly int thread = Environment.CurrentManagedThreadId;
    private int start;
    private bool disposed;

    /// <summary>Opens a scope on the calling thread.</summary>
    public TensorScope()
    {
        outer = current;
        start = count;
        current = this;
    }

    /// <summary>Hands a tensor of this scope to the enclosing one.</summary>
    /// <exception cref="InvalidOperationException">There is no enclosing scope, or this scope is not the innermost one.</exception>
    public Tensor Return(Tensor tensor)
    {
        if (current != this) throw new InvalidOperationException("only the innermost open scope of a thread returns tensors");
        if (outer is null) throw new InvalidOperationException("the outermost scope has nowhere to return a tensor to: use Tensor.Unscope");
        HandOut(tensor);
        return tensor;
    }

    /// <summary>Hands two tensors of this scope to the enclosing one.</summary>
    public (Tensor, Tensor) Return(Tensor first, Tensor second) => (Return(first), Return(second));

    /// <summary>The innermost scope of the calling thread, or null.</summary>
    public static TensorScope? Current => current;

    /// <summary>Hands a tensor of this scope, or of any that were opened within it, to this one.</summary>
    /// <exception cref="InvalidOperationException">The scope is closed, or belongs to another thread.</exception>
    public Tensor Keep(Tensor tensor)
    {
        if (disposed || Environment.CurrentManagedThreadId != thread)
        {
            throw new InvalidOperationException("the scope that should keep a tensor is closed, or belongs to another thread");
        }
        for (var inner = current!; inner != this; inner = inner.outer!) inner.HandOut(tensor);
        return tensor;
    }

    // Moves the tensor to the front of this scope's part of the list, and the front behind it. Scopes further in do not hold it any more.
    private void HandOut(Tensor tensor)
    {
        int place = IndexOf(tensor, start);
        if (place < 0) return; // a parameter, or already owned further out
        (owned![start], owned[place]) = (owned[place], owned[start]);
        start++;
    }

    /// <summary>Wraps a handle that the caller owns and registers it with the innermost scope.</summary>
    internal static Tensor Adopt(nint handle)
    {
        if (current is null)
        {
            if (handle != 0) Shim.lm_release(handle);
            throw new InvalidOperationException("a tensor was made outside any TensorScope: open one with 'using var scope = new TensorScope();'");
        }
        var tensor = new Tensor(handle);
        owned ??= new Tensor[1024];
        if (count == owned.Length) Array.Resize(ref owned, count * 2);
        owned[count++] = tensor;
        return tensor;
    }

    /// <summary>Takes a tensor out of whatever scope of this thread owns it; the caller then disposes it.</summary>
    internal static void Forget(Tensor tensor)
    {
        int place = IndexOf(tensor, 0);
        if (place >= 0) owned![place] = Tensor.Nothing;
    }

    private static int IndexOf(Tensor tensor, int from)
    {
        for (int i = count - 1; i >= from; i--)
        {
            if (ReferenceEquals(owned![i], tensor)) return i;
        }
        return -1;
    }

    /// <summary>Releases every tensor that the scope still owns.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open, or this is another thread.</exception>
    [SkipLocalsInit] // of the batch: a scope is opened and closed for every layer of every step
    public void Dispose()
    {
        if (disposed) return;
        if (Environment.CurrentManagedThreadId != thread || current != this)
        {
            throw new InvalidOperationException("scopes close in the reverse order of opening, on the thread that opened them");
        }
        disposed = true;
        const int Batch = 256;
        nint* handles = stackalloc nint[Batch];
        while (count > start)
        {
            int batch = 0;
            while (count > start && batch < Batch)
            {
                nint handle = owned![--count].Take();
                owned[count] = null!;
                if (handle != 0) handles[batch++] = handle;
            }
            Shim.lm_release_all(handles, batch);
        }
        current = outer;
    }
}
