using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>Keys and values of the tokens seen so far, one preallocated pair of [B, Hkv, capacity, Dh] a layer.</summary>
public sealed class KvCache : IDisposable
{
    private readonly (Tensor Keys, Tensor Values)[] layers;

    /// <summary>Reserves room for <paramref name="capacity"/> tokens of <paramref name="batch"/> sequences.</summary>
    public KvCache(LanguageConfig config, long batch, long capacity, DType dtype, Device device)
    {
        Capacity = capacity;
        layers = Own(Enumerable.Range(0, config.NumHiddenLayers), _ => (Room(), Room()));

        Tensor Room() => Create.Empty([batch, config.NumKeyValueHeads, capacity, config.HeadDim], dtype, device);
    }

    private KvCache((Tensor, Tensor)[] layers, long capacity) => (this.layers, Capacity) = (layers, capacity);

    /// <summary>Most tokens a sequence.</summary>
    public long Capacity { get; }

    /// <summary>Tokens held, the same for every sequence of the batch (padding included).</summary>
    public long Length { get; private set; }

    /// <summary>Bytes that one token of one sequence takes in all layers.</summary>
    public static long BytesPerToken(LanguageConfig config, DType dtype) =>
        2L * config.NumHiddenLayers * config.NumKeyValueHeads * config.HeadDim * dtype.Size();

    /// <summary>Stores the keys and values [B, Hkv, T, Dh] of the next T tokens in one layer; all of that layer's so far come back.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        long count = keys.Size(2), total = Length + count;
        if (total > Capacity) throw new InvalidOperationException($"the cache holds {Capacity} tokens; {total} were asked for");
        var (allKeys, allValues) = layers[layer];
        allKeys.Narrow(2, Length, count).Copy_(keys);
        allValues.Narrow(2, Length, count).Copy_(values);
        return (allKeys.Narrow(2, 0, total), allValues.Narrow(2, 0, total));
    }

    /// <summary>Counts T tokens as seen, once every layer has stored them.</summary>
    internal void Advance(long count) => Length += count;

    /// <summary>
    /// Some rows of this cache as an empty cache of their own, over the same memory. Their first <paramref name="skipped"/> places become padding:
    /// zeros, which a mask must hide.
    /// </summary>
    internal KvCache Part(long first, long rows, long skipped)
    {
        return new KvCache(Own(layers, layer => (Cut(layer.Keys), Cut(layer.Values))), Capacity - skipped);

        Tensor Cut(Tensor all)
        {
            var some = all.Narrow(0, first, rows);
            if (skipped > 0) some.Narrow(2, 0, skipped).Fill_(0);
            return some.Narrow(2, skipped, Capacity - skipped);
        }
    }

    /// <summary>Keeps only the rows of these indices, Int64 [rows], in their order; the memory of the others is released.</summary>
    internal void Keep(Tensor rows)
    {
        for (int i = 0; i < layers.Length; i++)
        {
            var (keys, values) = layers[i];
            layers[i] = Own([0], _ => (Kept(keys), Kept(values)))[0];
            keys.Dispose();
            values.Dispose();
        }

        Tensor Kept(Tensor all)
        {
            var fewer = Create.Empty([rows.Elements, all.Size(1), Capacity, all.Size(3)], all.DType, all.Device);
            fewer.Narrow(2, 0, Length).Copy_(all.Narrow(2, 0, Length).IndexSelect(0, rows));
            return fewer;
        }
    }

    // Takes tensors out of the scope once all of them are there: none is left behind where the memory does not suffice.
    private static (Tensor, Tensor)[] Own<T>(IEnumerable<T> from, Func<T, (Tensor, Tensor)> make)
    {
        using var scope = new TensorScope();
        var made = from.Select(make).ToArray();
        return [.. made.Select(pair => (pair.Item1.Unscope(), pair.Item2.Unscope()))];
    }

    /// <summary>Releases the memory.</summary>
    public void Dispose()
    {
        foreach (var (keys, values) in layers)
        {
            keys.Dispose();
            values.Dispose();
        }
    }
}
