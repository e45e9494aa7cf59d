using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>What the layers of one pass read beside their input. B sequences of T tokens, S keys, Dh width of a head.</summary>
/// <param name="Cos">Cosines of the keys' angles, [B or 1, 1, T, Dh].</param>
/// <param name="Sin">Their sines.</param>
/// <param name="QueryCos">Cosines of the queries' angles: the keys', but where few positions are wanted.</param>
/// <param name="QuerySin">Their sines.</param>
/// <param name="Mask">Additive, Float32 [B or 1, 1, queries, S]; null where every query sees every key.</param>
/// <param name="Wanted">In the last layer, the positions whose output is wanted; null for all.</param>
internal sealed record LayerContext(Tensor Cos, Tensor Sin, Tensor QueryCos, Tensor QuerySin, Tensor? Mask = null, WantedPositions? Wanted = null)
{
    /// <summary>The same for a layer whose output is wanted at some positions only. The tensors belong to the current scope.</summary>
    public LayerContext Only(WantedPositions wanted, long batch, long length) => this with
    {
        QueryCos = wanted.QueriesOf(Cos, batch, length),
        QuerySin = wanted.QueriesOf(Sin, batch, length),
        Mask = Mask is null ? null : wanted.QueriesOf(Mask, batch, length),
        Wanted = wanted,
    };

    /// <summary>Every tensor, for a layer that runs again after the scope of the pass is closed.</summary>
    public Tensor[] Tensors =>
    [
        Cos, Sin, QueryCos, QuerySin,
        .. Mask is null ? (ReadOnlySpan<Tensor>)[] : [Mask],
        .. Wanted is null ? (ReadOnlySpan<Tensor>)[] : [Wanted.Positions, Wanted.Queries, Wanted.Kept],
    ];

    /// <summary>The same over other references to the same tensors, in the order of <see cref="Tensors"/>.</summary>
    public LayerContext Over(ReadOnlySpan<Tensor> tensors)
    {
        int next = 4;
        var mask = Mask is null ? null : tensors[next++];
        return new(tensors[0], tensors[1], tensors[2], tensors[3], mask, Wanted is null ? null : new(tensors[next], tensors[next + 1], tensors[next + 2]));
    }
}
