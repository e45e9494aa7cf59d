using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>
/// Owns every parameter of one model, by checkpoint name. Layers ask for theirs through a <see cref="ParameterScope"/> while the model is
/// built: <c>scope / "mlp" / "gate_proj"</c>.
/// </summary>
/// <param name="source">Where the values come from.</param>
/// <param name="dtype">Type of matrices: Float32 or BFloat16. Norms and routers ask for Float32 themselves.</param>
/// <param name="device">Where the parameters live.</param>
public sealed class ParameterStore(IParameterSource source, DType dtype, Device device) : IDisposable
{
    private readonly Dictionary<string, Parameter> parameters = [];

    /// <summary>All parameters in the order of building.</summary>
    public IReadOnlyCollection<Parameter> Parameters => parameters.Values;

    /// <summary>Type of matrices and activations.</summary>
    public DType DType => dtype;

    /// <summary>Where the parameters live.</summary>
    public Device Device => device;

    /// <summary>The empty path.</summary>
    public ParameterScope Root => new(this, "", ModelPart.None);

    /// <summary>A parameter by its checkpoint name.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such parameter.</exception>
    public Parameter this[string name] =>
        parameters.TryGetValue(name, out var parameter) ? parameter : throw new KeyNotFoundException($"the model has no parameter '{name}'");

    /// <summary>Whether the model has a parameter of this name.</summary>
    public bool Contains(string name) => parameters.ContainsKey(name);

    internal Tensor Add(string name, ReadOnlySpan<long> shape, Initializer initializer, ModelPart part, DType? wanted)
    {
        using var scope = new TensorScope();
        // What the source lacks it reports once the model is complete; until then its place is held without memory.
        var value = source.Take(name, shape, initializer, wanted ?? dtype, device) ?? Create.Empty(shape, wanted ?? dtype, Device.Meta);
        parameters.Add(name, new Parameter(name, value.Unscope(), part));
        return value;
    }

    /// <summary>Releases all parameters.</summary>
    public void Dispose()
    {
        foreach (var parameter in parameters.Values) parameter.Value.Dispose();
        parameters.Clear();
    }
}

/// <summary>A path within a model's parameters, and the part that they belong to.</summary>
public readonly record struct ParameterScope(ParameterStore Store, string Path, ModelPart Part)
{
    /// <summary>One level down.</summary>
    public static ParameterScope operator /(ParameterScope scope, string name) =>
        scope with { Path = scope.Path.Length == 0 ? name : $"{scope.Path}.{name}" };

    /// <summary>One level down, by index.</summary>
    public static ParameterScope operator /(ParameterScope scope, int index) => scope / index.ToString();

    /// <summary>The same path, for parameters of this part.</summary>
    public ParameterScope Of(ModelPart part) => this with { Part = part };

    /// <summary>Type of matrices and activations.</summary>
    public DType DType => Store.DType;

    /// <summary>Adds a parameter to the model. It belongs to the store.</summary>
    /// <param name="name">Last part of its checkpoint name.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="initializer">Its start where the source is random.</param>
    /// <param name="dtype">Its type where that is not the store's.</param>
    public Tensor Parameter(string name, ReadOnlySpan<long> shape, Initializer initializer, DType? dtype = null) =>
        Store.Add((this / name).Path, shape, initializer, Part, dtype);
}
