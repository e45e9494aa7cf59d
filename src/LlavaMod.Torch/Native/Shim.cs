using System.Runtime.InteropServices;

namespace LlavaMod.Torch.Native;

/// <summary>What one tensor looks like; sizes and strides point into libtorch's memory and live as long as the tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TensorInfo
{
    public long* Sizes;
    public long* Strides;
    public long Elements;
    public void* Data;
    public int Dimensions;
    public int DType;
    public int Device;
    public int Flags;
}

/// <summary>The C ABI of native/lm_torch.h, function by function.</summary>
internal static unsafe partial class Shim
{
    public const string Library = "lm_torch";

    [LibraryImport(Library)] public static partial byte* lm_last_error();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial nint lm_find_operator(string name, string overload);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int lm_has_operator(string name, string overload);
    [LibraryImport(Library)] public static partial int lm_call(nint op, Argument* arguments, int count, Argument* results, int capacity);

    [LibraryImport(Library)] public static partial void lm_retain(nint handle);
    [LibraryImport(Library)] public static partial void lm_release(nint handle);
    [LibraryImport(Library)] public static partial void lm_release_all(nint* handles, int count);
    [LibraryImport(Library), SuppressGCTransition] public static partial int lm_info(nint handle, TensorInfo* info);
    [LibraryImport(Library)]
    public static partial nint lm_from_memory(void* data, long* sizes, int dimensions, int dtype,
        delegate* unmanaged[Cdecl]<nint, void> release, nint context);

    [LibraryImport(Library)] public static partial nint lm_generator(int device, ulong seed);
    [LibraryImport(Library)] public static partial void lm_generator_release(nint generator);
    [LibraryImport(Library)] public static partial nint lm_generator_state(nint generator);
    [LibraryImport(Library)] public static partial int lm_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)] public static partial int lm_set_requires_grad(nint handle, int on);
    [LibraryImport(Library)] public static partial int lm_grad(nint handle, nint* gradient);
    [LibraryImport(Library)] public static partial int lm_set_grad(nint handle, nint gradient);
    [LibraryImport(Library)] public static partial int lm_backward(nint* roots, nint* gradients, int count, int retain);
    [LibraryImport(Library)]
    public static partial int lm_gradients(nint* outputs, nint* gradients, int outputsCount, nint* inputs, int inputsCount, int retain, nint* results);
    [LibraryImport(Library)] public static partial nint lm_managed_failure();
    [LibraryImport(Library)] public static partial int lm_pass_accumulates();
    [LibraryImport(Library), SuppressGCTransition] public static partial int lm_grad_mode(int mode);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int lm_attach(string label, nint* inputs, int inputsCount, nint* outputs, int outputsCount, nint* saved, int savedCount,
        delegate* unmanaged[Cdecl]<nint, nint*, int, nint*, int, nint*, int, nint> callback, nint context,
        delegate* unmanaged[Cdecl]<nint, void> release);

    [LibraryImport(Library)] public static partial byte* lm_version();
    [LibraryImport(Library)] public static partial int lm_cuda_devices();
    [LibraryImport(Library)] public static partial int lm_has_mkldnn();
    [LibraryImport(Library)] public static partial void lm_set_threads(int count);
    [LibraryImport(Library)] public static partial int lm_threads();
    [LibraryImport(Library)] public static partial byte* lm_build_settings();

    [LibraryImport(Library)] public static partial void lm_count_memory(int hugePages);
    [LibraryImport(Library), SuppressGCTransition] public static partial long lm_memory();
    [LibraryImport(Library), SuppressGCTransition] public static partial long lm_most_memory();
    [LibraryImport(Library), SuppressGCTransition] public static partial void lm_reset_most_memory();

    /// <summary>The last error of this thread, cut to its first paragraph (libtorch may list every kernel of an operator after it).</summary>
    public static string LastError()
    {
        string message = Marshal.PtrToStringUTF8((nint)lm_last_error())!;
        int end = message.IndexOf("\n\n", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).Trim();
    }

    /// <summary>Throws the last error unless the status says success.</summary>
    public static void Check(int status, string what)
    {
        if (status < 0) throw new TorchException($"{what}: {LastError()}");
    }
}
