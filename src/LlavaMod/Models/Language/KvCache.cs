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
        using var scope = new TensorScope();
        layers = new (Tensor, Tensor)[config.NumHiddenLayers];
        for (int i = 0; i < layers.Length; i++) layers[i] = (Room().Unscope(), Room().Unscope());

        Tensor Room() => Create.Empty([batch, config.NumKeyValueHeads, capacity, config.HeadDim], dtype, device);
    }

    /// <summary>Most tokens a sequence.</summary>
    public long Capacity { get; }

    /// <summary>Tokens held, the same for every sequence of the batch (padding included).</summary>
    public long Length { get; private set; }

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
