using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace LlavaMod.Recipes;

/// <summary>
/// Named things in the order in which they were declared. Equal to another map with equal values under the same names, so that records
/// that hold one compare by value; order does not count.
/// </summary>
public sealed class ValueMap<T> : IReadOnlyDictionary<string, T>, IEquatable<ValueMap<T>>, IValueMap
{
    private readonly OrderedDictionary<string, T> items;

    /// <summary>A map of these pairs.</summary>
    /// <exception cref="ArgumentException">Two pairs have one name.</exception>
    public ValueMap(params IEnumerable<KeyValuePair<string, T>> pairs) => items = new(pairs, StringComparer.Ordinal);

    /// <inheritdoc/>
    public int Count => items.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => items.Keys;

    /// <inheritdoc/>
    public IEnumerable<T> Values => items.Values;

    /// <inheritdoc/>
    public T this[string key] => items[key];

    /// <inheritdoc/>
    public bool ContainsKey(string key) => items.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => items.TryGetValue(key, out value);

    /// <inheritdoc/>
    public bool Equals(ValueMap<T>? other) =>
        other is not null && Count == other.Count
        && items.All(item => other.TryGetValue(item.Key, out var value) && EqualityComparer<T>.Default.Equals(item.Value, value));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ValueMap<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => items.Aggregate(0, (hash, item) => hash ^ HashCode.Combine(item.Key, item.Value));

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    IEnumerable<KeyValuePair<string, object?>> IValueMap.Pairs => items.Select(item => KeyValuePair.Create(item.Key, (object?)item.Value));
}

/// <summary>A <see cref="ValueMap{T}"/> of whatever kind of value.</summary>
internal interface IValueMap
{
    IEnumerable<KeyValuePair<string, object?>> Pairs { get; }
}
