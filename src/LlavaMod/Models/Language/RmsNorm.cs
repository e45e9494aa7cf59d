using System.Numerics;
using System.Runtime.CompilerServices;
using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>
/// x / rms(x) * weight over the last dimension (Zhang and Sennrich 2019), in Float32 whatever the input's type. With r = 1 / rms(x) and g = dy * weight,
/// dx = r (g - x r² mean(g x)). On the CPU each way is one pass over the rows.
/// </summary>
internal sealed class RmsNorm(ParameterScope scope, long size, double epsilon)
{
    private readonly Tensor weight = scope.Parameter("weight", [size], Initializer.Ones, DType.Float32);

    // x: [..., D] -> [..., D], of x's type
    public Tensor Forward(Tensor x) => new Function(epsilon).Forward(x, weight);

    private sealed class Function(double epsilon) : CustomFunction
    {
        private const int ChunkRows = 128; // the weight's gradient is added up by chunks, however many threads there are

        private bool trainsWeight;

        public Tensor Forward(Tensor x, Tensor weight)
        {
            using var scope = new TensorScope();
            bool recorded = GradMode.IsOn;
            Tensor result, scales;
            using (GradMode.Off()) (result, scales) = Normalise(x, weight);
            if (recorded)
            {
                trainsWeight = weight.RequiresGrad();
                Attach([x, weight], [result], [x, weight, scales]);
            }
            return scope.Return(result);
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
        {
            if (gradients[0] is not { } gradient) return [null, null];
            var (x, weight, scales) = (saved[0], saved[1], saved[2]);
            Tensor exact = Exact(x), ofResult = Exact(gradient);
            if (ParallelRows.Takes(exact))
            {
                var ofX = Create.EmptyLike(exact.Contiguous());
                var ofWeight = Differentiate(exact.Contiguous(), weight, scales, ofResult.Contiguous(), ofX);
                return [ofX.To(x.DType), trainsWeight ? ofWeight.Sum(0) : null];
            }
            var normalised = exact * scales;
            var scaled = ofResult * weight;
            var ofInput = (scaled - normalised * (scaled * normalised).Mean(-1, keep: true)) * scales;
            return [ofInput.To(x.DType), trainsWeight ? (ofResult * normalised).Reshape(-1, weight.Size(0)).Sum(0).To(weight.DType) : null];
        }

        // -> x's shape, and r: Float32 [rows], or [..., 1] where there is no kernel
        private (Tensor Result, Tensor Scales) Normalise(Tensor x, Tensor weight)
        {
            var exact = Exact(x);
            if (ParallelRows.Takes(exact)) return Rows(exact.Contiguous(), x.DType, weight);
            var scales = (exact.Square().Mean(-1, keep: true) + epsilon).Rsqrt();
            return ((exact * scales * weight).To(x.DType), scales);
        }

        private static Tensor Exact(Tensor x) => x.DType == DType.BFloat16 ? x.To(DType.Float32) : x;

        private unsafe (Tensor, Tensor) Rows(Tensor x, DType type, Tensor weight)
        {
            int width = (int)weight.Size(0);
            long rows = x.Elements / width;
            Tensor result = Create.EmptyLike(x), scales = Create.Empty([rows]);
            double least = epsilon;
            fixed (float* read = x.Span<float>(), write = result.Span<float>(), by = weight.Span<float>(), r = scales.Span<float>())
            {
                var (source, target, factors, found) = ((nint)read, (nint)write, (nint)by, (nint)r);
                ParallelRows.Run(rows, width, (first, end) =>
                {
                    for (long row = first; row < end; row++)
                    {
                        float* values = (float*)source + row * width;
                        float scale = (float)(1 / Math.Sqrt(Dot(values, values, width) / width + least));
                        ((float*)found)[row] = scale;
                        Scale(values, (float*)factors, scale, (float*)target + row * width, width);
                    }
                });
            }
            return (result.To(type), scales);
        }

        // -> the weight's gradient by chunks, [chunks, D]; ofX is filled
        private static unsafe Tensor Differentiate(Tensor x, Tensor weight, Tensor scales, Tensor ofResult, Tensor ofX)
        {
            int width = (int)weight.Size(0);
            long rows = x.Elements / width, chunks = (rows + ChunkRows - 1) / ChunkRows;
            var ofWeight = Create.Zeros([chunks, width]);
            fixed (float* values = x.Span<float>(), by = weight.Span<float>(), r = scales.Span<float>(), gradients = ofResult.Span<float>())
            fixed (float* found = ofX.Span<float>(), sums = ofWeight.Span<float>())
            {
                var (source, factors, scaled, given, target, summed) = ((nint)values, (nint)by, (nint)r, (nint)gradients, (nint)found, (nint)sums);
                ParallelRows.Run(chunks, (long)ChunkRows * width, (first, end) =>
                {
                    for (long row = first * ChunkRows; row < Math.Min(end * ChunkRows, rows); row++)
                    {
                        long place = row * width;
                        Differentiate(
                            (float*)source + place, (float*)factors, ((float*)scaled)[row], (float*)given + place, (float*)target + place,
                            (float*)summed + row / ChunkRows * width, width);
                    }
                });
            }
            return ofWeight;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)] // short runs would end before it is compiled well
        private static unsafe double Dot(float* a, float* b, int count)
        {
            var sums = Vector<float>.Zero;
            int i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count) sums += Vector.Load(a + i) * Vector.Load(b + i);
            double sum = Vector.Sum(sums);
            for (; i < count; i++) sum += a[i] * b[i];
            return sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static unsafe void Scale(float* x, float* weight, float scale, float* result, int count)
        {
            int i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count) (Vector.Load(x + i) * scale * Vector.Load(weight + i)).Store(result + i);
            for (; i < count; i++) result[i] = x[i] * scale * weight[i];
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static unsafe void Differentiate(float* x, float* weight, float scale, float* ofResult, float* ofX, float* ofWeight, int count)
        {
            int lanes = Vector<float>.Count, i = 0;
            var dots = Vector<float>.Zero;
            for (; i <= count - lanes; i += lanes)
            {
                Vector<float> given = Vector.Load(ofResult + i), value = Vector.Load(x + i);
                dots += given * Vector.Load(weight + i) * value;
                (Vector.Load(ofWeight + i) + given * value * scale).Store(ofWeight + i);
            }
            double dot = Vector.Sum(dots);
            for (; i < count; i++)
            {
                dot += ofResult[i] * weight[i] * x[i];
                ofWeight[i] += ofResult[i] * x[i] * scale;
            }
            float along = (float)(dot / count * scale * scale);
            for (i = 0; i <= count - lanes; i += lanes)
                ((Vector.Load(ofResult + i) * Vector.Load(weight + i) - Vector.Load(x + i) * along) * scale).Store(ofX + i);
            for (; i < count; i++) ofX[i] = (ofResult[i] * weight[i] - x[i] * along) * scale;
        }
    }
}
