using System.Numerics.Tensors;

namespace LlavaMod.Torch;

/// <summary>
/// Weighted sums of rows that lie apart: y[n] = sum over k of w[n, k] r[place[k, n]], what a mixture of experts gives back to its tokens. Not
/// recorded: what <see cref="CustomFunction"/>s are made of. On the CPU, Float32 and 16-bit rows are read once and every sum is written once; other types
/// and devices go by plain operators. Sums are Float32 (Float64 for Float64 rows), rounded once.
/// </summary>
public static unsafe class WeightedRows
{
    private const int Block = 512; // elements

    /// <summary>The sums, [N, D], of the rows' type.</summary>
    /// <param name="rows">r [R, D], contiguous.</param>
    /// <param name="places">Which rows each sum has, Int64 [K, N], 0 .. R - 1; an index may repeat.</param>
    /// <param name="weights">w, Float32 [N, K]; null is 1.</param>
    public static Tensor Sum(Tensor rows, Tensor places, Tensor? weights)
    {
        using var scope = new TensorScope();
        if (FloatMemory.Of(rows) is not { } source) return scope.Return(SumPlain(rows, places, weights));
        var sums = Create.Empty([places.Size(1), rows.Size(1)], rows.DType);
        var (indices, factors) = (places.Contiguous(), weights?.Contiguous());
        long limit = rows.Size(0), width = rows.Size(1);
        foreach (long index in indices.Span<long>())
        {
            if ((ulong)index >= (ulong)limit) throw new ArgumentOutOfRangeException(nameof(places), index, $"not a row of {rows}");
        }
        var target = FloatMemory.Of(sums)!.Value;
        ParallelRows.Run(sums.Size(0), width * places.Size(0), (first, end) => SumRows(source, indices, factors, target, first, end, width));
        return scope.Return(sums);
    }

    private static void SumRows(FloatMemory rows, Tensor places, Tensor? weights, FloatMemory sums, long first, long end, long width)
    {
        int choices = (int)places.Size(0), tokens = (int)places.Size(1);
        float* buffer = stackalloc float[2 * Block];
        ReadOnlySpan<long> place = places.Span<long>();
        ReadOnlySpan<float> weight = weights is null ? default : weights.Span<float>();
        for (int n = (int)first; n < end; n++)
        {
            for (long column = 0; column < width; column += Block)
            {
                int count = (int)Math.Min(Block, width - column);
                var sum = new Span<float>(buffer, count);
                sum.Clear();
                for (int k = 0; k < choices; k++)
                {
                    var row = new ReadOnlySpan<float>(rows.Read(place[k * tokens + n] * width + column, count, buffer + Block), count);
                    if (weights is null) TensorPrimitives.Add(sum, row, sum);
                    else TensorPrimitives.MultiplyAdd(row, weight[n * choices + k], sum, sum);
                }
                sums.Write(n * width + column, count, buffer);
            }
        }
    }

    private static Tensor SumPlain(Tensor rows, Tensor places, Tensor? weights)
    {
        var exact = rows.DType == DType.Float64 ? DType.Float64 : DType.Float32;
        var sums = Create.Zeros([places.Size(1), rows.Size(1)], exact, rows.Device);
        for (int k = 0; k < places.Size(0); k++)
        {
            using var scope = new TensorScope();
            var picked = rows.IndexSelect(0, places.Select(0, k)).To(exact);
            sums.Add_(weights is null ? picked : picked.Multiply_(weights.Narrow(1, k, 1)));
        }
        return sums.To(rows.DType);
    }
}
