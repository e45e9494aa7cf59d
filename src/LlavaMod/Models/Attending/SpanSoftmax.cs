using System.Numerics;
using System.Runtime.CompilerServices;
using LlavaMod.Torch;

namespace LlavaMod.Models.Attending;

/// <summary>
/// Softmax of a block of scores over the keys that each query sees, and its gradient, both in place. A block is [B * K, n * G, w]: the scores of n
/// queries and their G heads, for w keys. What a query does not see becomes 0.
/// </summary>
/// <param name="spans">What the queries of the pass see.</param>
/// <param name="from">The block's first query.</param>
/// <param name="start">The block's first key.</param>
/// <param name="keyHeads">K.</param>
/// <param name="groups">G.</param>
internal sealed class SpanSoftmax(KeySpans spans, int from, int start, int keyHeads, int groups)
{
    private static readonly Vector<float> Log2OfE = new(1.44269502f), ItsRest = new(1.92596303e-8f), Least = new(-86), One = Vector<float>.One;

    /// <summary>Scores become weights that add up to 1.</summary>
    public unsafe Tensor Forward(Tensor scores)
    {
        if (ParallelRows.Takes(scores))
        {
            Walk(scores, scores, float.NegativeInfinity, static (row, _, count) => Exponentials(row, count));
            return scores;
        }
        using var scope = new TensorScope();
        var (seen, shape) = Seen(scores);
        var hidden = scores.Reshape(shape).MaskedFill(seen.Not(), double.NegativeInfinity);
        return scope.Return(hidden.Softmax(-1, scores.DType == DType.Float64 ? null : DType.Float32).To(scores.DType).Reshape(scores.Shape));
    }

    /// <summary>Gradients of weights become gradients of scores: w * (g - sum of w * g).</summary>
    public unsafe Tensor Backward(Tensor gradient, Tensor weights)
    {
        if (ParallelRows.Takes(gradient))
        {
            Walk(gradient, weights, 0, static (row, weight, count) => Differentiate(row, weight, count));
            return gradient;
        }
        using var scope = new TensorScope();
        var product = weights * gradient;
        return scope.Return(product - weights * product.Sum(-1, keep: true));
    }

    // Bool [B, 1, n, 1, w], and the shape [B, K, n, G, w] of the scores that it is for.
    private (Tensor Seen, long[] Shape) Seen(Tensor scores)
    {
        int batch = spans.Batch, count = (int)scores.Size(1) / groups, width = (int)scores.Size(2);
        var columns = Create.Range(start, start + width, scores.Device);
        var seen = columns.LessEqual(Ends(query => spans.Last[query])).And(Ends(query => spans.First[query]).LessEqual(columns));
        if (!spans.Gaps.IsEmpty) seen = seen.And(Ends(query => spans.Gaps[query].First).LessEqual(columns).And(columns.Less(Ends(query => spans.Gaps[query].End))).Not());
        return (seen, [batch, keyHeads, count, groups, width]);

        // Of the block's queries: [B, 1, n, 1, 1].
        Tensor Ends(Func<int, long> end)
        {
            var ends = new long[batch * count];
            for (int i = 0; i < ends.Length; i++) ends[i] = end(i / count * spans.Queries + from + i % count);
            return Tensor.From(ends, batch, 1, count, 1, 1).To(scores.Device);
        }
    }

    private unsafe delegate void Row(float* row, float* weights, int count);

    private unsafe void Walk(Tensor block, Tensor weights, float blank, Row work)
    {
        int rows = (int)block.Size(1), width = (int)block.Size(2), heads = keyHeads, each = groups, first = from, offset = start;
        var seen = spans;
        fixed (float* values = block.Span<float>(), others = weights.Span<float>())
        {
            var (read, other) = ((nint)values, (nint)others);
            ParallelRows.Run(block.Size(0) * rows, width, (begin, end) =>
            {
                for (long r = begin; r < end; r++)
                {
                    int query = (int)(r / rows) / heads * seen.Queries + first + (int)(r % rows) / each;
                    int left = seen.First[query] - offset, right = seen.Last[query] - offset + 1;
                    float* row = (float*)read + r * width;
                    new Span<float>(row, left).Clear();
                    new Span<float>(row + right, width - right).Fill(blank);
                    var gap = seen.Gaps.IsEmpty ? default : seen.Gaps[query];
                    if (gap.First < gap.End) new Span<float>(row + gap.First - offset, gap.End - gap.First).Fill(blank);
                    // Whole vectors where the row has them: what lies behind the span is blank.
                    int count = Math.Min((right - left + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count, width - left);
                    work(row + left, (float*)other + r * width + left, count);
                    new Span<float>(row + right, width - right).Clear();
                }
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // short runs would end before it is compiled well
    private static unsafe void Exponentials(float* row, int count)
    {
        int lanes = Vector<float>.Count, whole = count - count % lanes;
        float highest = float.NegativeInfinity;
        if (whole > 0)
        {
            var most = Vector.Load(row);
            for (int i = lanes; i < whole; i += lanes) most = Vector.MaxNative(most, Vector.Load(row + i)); // what is not a number shows in the sum
            float* each = stackalloc float[lanes];
            most.Store(each);
            for (int i = 0; i < lanes; i++) highest = MathF.Max(highest, each[i]);
        }
        for (int i = whole; i < count; i++) highest = MathF.Max(highest, row[i]);

        var shift = new Vector<float>(highest);
        var sums = Vector<float>.Zero;
        for (int i = 0; i < whole; i += lanes)
        {
            var power = Exp(Vector.Load(row + i) - shift);
            power.Store(row + i);
            sums += power;
        }
        float sum = Vector.Sum(sums);
        for (int i = whole; i < count; i++) sum += row[i] = MathF.Exp(row[i] - highest);

        float share = 1 / sum;
        for (int i = 0; i < whole; i += lanes) (Vector.Load(row + i) * share).Store(row + i);
        for (int i = whole; i < count; i++) row[i] *= share;
    }

    // e^x for x of at most 0, to two units in the last place: 2^n * 2^f with f in [-0.5, 0.5], of which the latter is a Taylor series. What is not a
    // number stays that.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Exp(Vector<float> x)
    {
        var binary = x * Log2OfE;
        var whole = Vector.Round(binary);
        var rest = Vector.FusedMultiplyAdd(x, ItsRest, Vector.FusedMultiplyAdd(x, Log2OfE, -whole));
        var power = new Vector<float>(1.5252734e-5f);                                            // ln(2)^7 / 7!
        power = Vector.FusedMultiplyAdd(power, rest, new Vector<float>(1.5403530e-4f));
        power = Vector.FusedMultiplyAdd(power, rest, new Vector<float>(1.3333558e-3f));
        power = Vector.FusedMultiplyAdd(power, rest, new Vector<float>(9.6181291e-3f));
        power = Vector.FusedMultiplyAdd(power, rest, new Vector<float>(5.5504109e-2f));
        power = Vector.FusedMultiplyAdd(power, rest, new Vector<float>(0.24022651f));
        power = Vector.FusedMultiplyAdd(power, rest, new Vector<float>(0.69314718f));
        power = Vector.FusedMultiplyAdd(power, rest, One);
        var scale = Vector.AsVectorSingle((Vector.ConvertToInt32Native(whole) + new Vector<int>(127)) << 23);
        return Vector.ConditionalSelect(Vector.LessThan(x, Least), Vector<float>.Zero, power * scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Differentiate(float* row, float* weights, int count)
    {
        int lanes = Vector<float>.Count, whole = count - count % lanes;
        var products = Vector<float>.Zero;
        for (int i = 0; i < whole; i += lanes) products += Vector.Load(row + i) * Vector.Load(weights + i);
        float sum = Vector.Sum(products);
        for (int i = whole; i < count; i++) sum += row[i] * weights[i];

        var mean = new Vector<float>(sum);
        for (int i = 0; i < whole; i += lanes) ((Vector.Load(row + i) - mean) * Vector.Load(weights + i)).Store(row + i);
        for (int i = whole; i < count; i++) row[i] = (row[i] - sum) * weights[i];
    }
}
