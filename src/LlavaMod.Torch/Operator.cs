using System.Runtime.CompilerServices;
using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>
/// One operator of the dispatcher, named as its schema names it: <c>new Operator("add.Tensor")</c> is <c>aten::add.Tensor</c>.
/// It is looked up at the first call and kept. Trailing arguments may be left out where the schema has defaults.
/// Results belong to the current <see cref="TensorScope"/>.
/// </summary>
public sealed unsafe class Operator
{
    private const int MostResults = 8;

    private readonly string name;
    private readonly string overload;
    private nint handle;

    /// <summary>Names an operator; nothing is looked up yet.</summary>
    public Operator(string schema)
    {
        int dot = schema.IndexOf('.');
        name = dot < 0 ? schema : schema[..dot];
        overload = dot < 0 ? "" : schema[(dot + 1)..];
        if (!name.Contains("::", StringComparison.Ordinal)) name = "aten::" + name;
    }

    /// <summary>Whether this libtorch has the operator (versions differ).</summary>
    public bool Exists
    {
        get
        {
            TorchRuntime.EnsureLoaded();
            return Shim.lm_has_operator(name, overload) == 1;
        }
    }

    private nint Handle => handle != 0 ? handle : Find();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint Find()
    {
        TorchRuntime.EnsureLoaded();
        nint found = Shim.lm_find_operator(name, overload);
        if (found == 0) throw new TorchException($"{this}: {Shim.LastError()}");
        return handle = found;
    }

    /// <summary>Calls an operator with one tensor as its result.</summary>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Argument result;
        Require(Invoke(arguments, &result, 1), 1);
        return Adopt(result);
    }

    /// <summary>Calls an operator with two tensors as its results.</summary>
    public (Tensor First, Tensor Second) Call2(params ReadOnlySpan<Argument> arguments)
    {
        Argument* results = stackalloc Argument[MostResults];
        Require(Invoke(arguments, results, MostResults), 2);
        return (Adopt(results[0]), Adopt(results[1]));
    }

    /// <summary>Calls an operator with three tensors as its results.</summary>
    public (Tensor First, Tensor Second, Tensor Third) Call3(params ReadOnlySpan<Argument> arguments)
    {
        Argument* results = stackalloc Argument[MostResults];
        Require(Invoke(arguments, results, MostResults), 3);
        return (Adopt(results[0]), Adopt(results[1]), Adopt(results[2]));
    }

    /// <summary>Calls an operator whose result is a list of tensors, of at most <paramref name="most"/> entries.</summary>
    public Tensor[] CallList(int most, params ReadOnlySpan<Argument> arguments)
    {
        Span<Argument> results = most <= 64 ? stackalloc Argument[most] : new Argument[most];
        int count;
        fixed (Argument* place = results) count = Invoke(arguments, place, most);
        var tensors = new Tensor[count];
        for (int i = 0; i < count; i++) tensors[i] = Adopt(results[i]);
        return tensors;
    }

    /// <summary>Calls an operator for its effect (in-place and out= forms); its result is one of its arguments and is dropped.</summary>
    public void Run(params ReadOnlySpan<Argument> arguments) => Invoke(arguments, null, 0);

    private int Invoke(ReadOnlySpan<Argument> arguments, Argument* results, int capacity)
    {
        int count;
        fixed (Argument* place = arguments) count = Shim.lm_call(Handle, place, arguments.Length, results, capacity);
        if (count < 0) Fail(arguments);
        return count;
    }

    private Tensor Adopt(in Argument result) => result.Kind == ArgumentKind.Tensor
        ? TensorScope.Adopt(result.Pointer)
        : throw new TorchException($"{this}: its result is {result}, not a tensor");

    private void Require(int count, int expected)
    {
        if (count != expected) throw new TorchException($"{this}: {count} results where {expected} were expected");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fail(ReadOnlySpan<Argument> arguments)
    {
        string message = Shim.LastError();
        var shown = new string[arguments.Length];
        for (int i = 0; i < shown.Length; i++) shown[i] = arguments[i].ToString();
        throw new TorchException($"{this}({string.Join(", ", shown)}): {message}");
    }

    /// <inheritdoc/>
    public override string ToString() => overload.Length == 0 ? name : $"{name}.{overload}";
}
