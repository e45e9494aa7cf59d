using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// Takes the gradients of logits a chunk at a time and keeps what they give: those of the hidden states [N, D], and of the output projection [V, D], where
/// they are wanted.
/// </summary>
internal sealed class HeadGradient
{
    // Words of a product that is rounded to 16 bits before it is added up: 28 MiB at a width of 896.
    private const long WordsAtOnce = 1 << 14;

    private readonly HeadRows rows;
    private readonly Tensor? weight; // in 32 bits where chunks add up

    /// <summary>Nothing added yet; owned by the current scope.</summary>
    public HeadGradient(HeadRows rows, bool ofHidden, bool ofWeight)
    {
        this.rows = rows;
        if (ofHidden) OfHidden = Create.EmptyLike(rows.Hidden);
        if (!ofWeight) return;
        bool addsUp = rows.Count > rows.ChunkSize && rows.Weight.DType.Size() == 2;
        weight = Create.Empty(rows.Weight.Shape, addsUp ? DType.Float32 : rows.Weight.DType, rows.Weight.Device);
    }

    /// <summary>With respect to the hidden states, [N, D]; null where it is not wanted.</summary>
    public Tensor? OfHidden { get; }

    /// <summary>With respect to the output projection, [V, D], once all chunks are added; null where it is not wanted.</summary>
    public Tensor? OfWeight => weight?.To(rows.Weight.DType);

    /// <summary>Adds a chunk; they come in order.</summary>
    /// <param name="start">Its first position.</param>
    /// <param name="gradient">With respect to its logits, [n, V].</param>
    public void Add(long start, Tensor gradient)
    {
        using var scope = new TensorScope();
        var hidden = rows.Hidden.Narrow(0, start, gradient.Size(0)); // [n, D]
        OfHidden?.Narrow(0, start, gradient.Size(0)).Copy_(gradient.Matmul(rows.Weight));
        if (weight is not null) AddToWeight(weight, gradient.Transpose(0, 1), hidden, first: start == 0);
    }

    // gradient: [V, n], hidden: [n, D]
    private static void AddToWeight(Tensor weight, Tensor gradient, Tensor hidden, bool first)
    {
        if (weight.DType == hidden.DType && weight.DType.Size() > 2)
        {
            weight.Addmm_(gradient, hidden, keep: first ? 0 : 1);
            return;
        }
        foreach (var (word, count) in HeadRows.Cut(0, weight.Size(0), WordsAtOnce))
        {
            using var scope = new TensorScope();
            var part = weight.Narrow(0, word, count);
            var product = gradient.Narrow(0, word, count).Matmul(hidden);
            if (first) part.Copy_(product);
            else part.Add_(product);
        }
    }
}
