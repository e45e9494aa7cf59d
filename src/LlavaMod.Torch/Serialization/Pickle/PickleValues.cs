namespace LlavaMod.Torch.Serialization.Pickle;

/// <summary>What a pickle calls by its module and name.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A list. (Texts, whole numbers, Float64, Bool and null stand for themselves, and an array is a tuple.)</summary>
internal sealed class PickleList : List<object?>;

/// <summary>A dictionary in the order of its entries.</summary>
/// <param name="ordered">Whether it is a collections.OrderedDict.</param>
internal sealed class PickleDictionary(bool ordered) : Dictionary<object, object?>(new ScatteredKeys())
{
    /// <summary>Whether it is a collections.OrderedDict, which may carry attributes.</summary>
    public bool Ordered => ordered;

    /// <summary>The value of a key, or null.</summary>
    public object? this[string key] => TryGetValue(key, out object? value) ? value : null;

    // Whole numbers hash to themselves; a file that is made for it would send thousands to one place.
    private sealed class ScatteredKeys : IEqualityComparer<object>
    {
        bool IEqualityComparer<object>.Equals(object? x, object? y) => Equals(x, y);

        int IEqualityComparer<object>.GetHashCode(object key) => HashCode.Combine(key);
    }
}

/// <summary>What gives a pickle's names a meaning.</summary>
internal interface IPickleWorld
{
    /// <summary>Whether a global may be named at all.</summary>
    bool Knows(PickleGlobal global);

    /// <summary>What a global gives for arguments.</summary>
    /// <exception cref="InvalidDataException">It does not take these.</exception>
    object? Call(PickleGlobal global, object?[] arguments);

    /// <summary>What lies outside the pickle under an id.</summary>
    /// <exception cref="InvalidDataException">There is no such thing.</exception>
    object Persistent(object? id);
}
