using LlavaMod.Models;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models;

/// <summary>Parameters by name from a function, which may rename, make up, or look into a file; what it does not know is an error.</summary>
internal sealed class NamedParameters(Func<string, Tensor?> find) : IParameterSource
{
    public Tensor Find(string name, ReadOnlySpan<long> shape, Initializer initializer)
    {
        var found = find(name) ?? throw new KeyNotFoundException(name);
        found.Shape.ShouldBe(shape.ToArray(), name);
        return found;
    }
}
