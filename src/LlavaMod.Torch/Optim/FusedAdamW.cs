using System.Numerics;

namespace LlavaMod.Torch.Optim;

/// <summary>
/// AdamW over Float32 state in a CPU's memory, in one pass: 28 bytes an element (weight, moments and gradient read; weight and moments written)
/// where libtorch's operators move 84, and 2 more that publish a master as the 16-bit parameter.
/// </summary>
internal sealed unsafe class FusedAdamW
{
    private readonly struct Entry(nint weight, nint first, nint second, FloatMemory gradient, FloatMemory? published, AdamWRates rates)
    {
        public float* Weight => (float*)weight;
        public float* First => (float*)first;
        public float* Second => (float*)second;
        public FloatMemory Gradient => gradient;
        public FloatMemory? Published => published;
        public AdamWRates Rates => rates;
    }

    private readonly List<Entry> entries = [];
    private readonly Chunks chunks = new();

    /// <summary>Takes a parameter, whose tensors have to live until <see cref="Run"/>. False when they do not all lie in memory as is needed.</summary>
    public bool TryAdd(AdamWState state, Tensor gradient, AdamWRates rates)
    {
        if (!IsSingle(state.Weight) || !IsSingle(state.FirstMoment) || !IsSingle(state.SecondMoment)) return false;
        if (FloatMemory.Of(gradient) is not { } readable) return false;
        var published = state.Published is { } parameter ? FloatMemory.Of(parameter) : null;
        if (state.Published is not null && published is null) return false;
        chunks.Add(entries.Count, state.Weight.Elements);
        entries.Add(new Entry(state.Weight.Memory.Data, state.FirstMoment.Memory.Data, state.SecondMoment.Memory.Data, readable, published, rates));
        return true;
    }

    private static bool IsSingle(Tensor tensor) => tensor.DType == DType.Float32 && FloatMemory.Of(tensor) is not null;

    /// <summary>Updates all of them.</summary>
    public void Run() => chunks.Run(Update);

    private void Update(int chunk, int tensor, long start, int length)
    {
        var entry = entries[tensor];
        float* buffer = stackalloc float[FloatMemory.Block];
        for (long end = start + length; start < end; start += FloatMemory.Block)
        {
            int count = (int)Math.Min(FloatMemory.Block, end - start);
            float* weight = entry.Weight + start;
            Update(weight, entry.First + start, entry.Second + start, entry.Gradient.Read(start, count, buffer), count, entry.Rates);
            entry.Published?.Write(start, count, weight);
        }
    }

    // No fused multiply-add: the last elements, one by one, round as the others.
    private static void Update(float* weight, float* first, float* second, float* gradient, int count, in AdamWRates rates)
    {
        float scale = (float)rates.GradientScale, keep = (float)rates.Keep, step = (float)-rates.StepSize;
        float beta1 = (float)rates.Beta1, rest1 = (float)(1 - rates.Beta1), beta2 = (float)rates.Beta2, rest2 = (float)(1 - rates.Beta2);
        float root = (float)rates.RootScale, epsilon = (float)rates.Epsilon;
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            var g = Vector.Load(gradient + i) * scale;
            var m = Vector.Load(first + i) * beta1 + g * rest1;
            var v = Vector.Load(second + i) * beta2 + g * rest2 * g;
            var w = Vector.Load(weight + i) * keep + m * step / (Vector.SquareRoot(v) * root + new Vector<float>(epsilon));
            Vector.Store(m, first + i);
            Vector.Store(v, second + i);
            Vector.Store(w, weight + i);
        }
        for (; i < count; i++)
        {
            float g = gradient[i] * scale;
            first[i] = first[i] * beta1 + g * rest1;
            second[i] = second[i] * beta2 + g * rest2 * g;
            weight[i] = weight[i] * keep + first[i] * step / (MathF.Sqrt(second[i]) * root + epsilon);
        }
    }
}
