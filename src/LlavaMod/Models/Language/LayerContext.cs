using LlavaMod.Models.Attending;
using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>What the layers of one pass read beside their input. B sequences of T tokens.</summary>
/// <param name="Keys">Angles of all positions.</param>
/// <param name="Queries">Angles of the queries: those of the keys, but where few positions are wanted.</param>
/// <param name="Spans">The keys that each query sees; null with a cache.</param>
/// <param name="Mask">With a cache of S tokens: additive, Float32 [B or 1, 1, T, S], or null where every query sees every key.</param>
/// <param name="Wanted">In the last layer, the positions whose output is wanted; null for all.</param>
internal sealed record LayerContext(RotaryAngles Keys, RotaryAngles Queries, KeySpans? Spans, Tensor? Mask = null, WantedPositions? Wanted = null)
{
    /// <summary>The same for a layer whose output is wanted at some positions only. The tensors belong to the current scope.</summary>
    public LayerContext Only(WantedPositions wanted) => this with
    {
        Queries = new(wanted.QueriesOf(Keys.Cos), wanted.QueriesOf(Keys.Sin)),
        Spans = Spans!.Of(wanted.Places),
        Wanted = wanted,
    };

    /// <summary>Every tensor of a pass without a cache, for a layer that runs again after the pass's scope is closed.</summary>
    public Tensor[] Tensors => Wanted is null
        ? [Keys.Cos, Keys.Sin]
        : [Keys.Cos, Keys.Sin, Queries.Cos, Queries.Sin, Wanted.Positions, Wanted.Queries, Wanted.Kept];

    /// <summary>The same over other references to the same tensors, in the order of <see cref="Tensors"/>.</summary>
    public LayerContext Over(ReadOnlySpan<Tensor> tensors)
    {
        var keys = new RotaryAngles(tensors[0], tensors[1]);
        return Wanted is null
            ? this with { Keys = keys, Queries = keys }
            : this with { Keys = keys, Queries = new(tensors[2], tensors[3]), Wanted = Wanted with { Positions = tensors[4], Queries = tensors[5], Kept = tensors[6] } };
    }
}
