using LlavaMod.Models.Attending;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Attending;

/// <summary>Attention by blocks against the formula over a whole [Q, S] matrix with a mask, differentiated by libtorch in Float64.</summary>
[Collection(OneAtATime.Name)]
public sealed class BlockAttentionTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly RandomGenerator random = new(5);

    public void Dispose()
    {
        random.Dispose();
        scope.Dispose();
    }

    // Sequences, length, key heads, groups, width of a head: short rows, whole and broken blocks, long ones whose weights are computed again.
    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1, 2 },
        { 3, 9, 2, 2, 6 },
        { 2, 64, 2, 1, 16 },
        { 2, 65, 1, 3, 8 },
        { 1, 130, 2, 2, 24 },
        { 1, 300, 1, 2, 10 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Causal_rows_give_the_formula_and_its_gradients(int batch, int length, int keyHeads, int groups, int width) =>
        ShouldFitEveryType(KeySpans.Causal(batch, length), keyHeads, groups, width, turned: true);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Rows_without_causality_do_too(int batch, int length, int keyHeads, int groups, int width) =>
        ShouldFitEveryType(KeySpans.Full(batch, length), keyHeads, groups, width, turned: false);

    [Theory]
    [InlineData(1, 200)]
    [InlineData(2, 70)]
    [InlineData(1, 400)]
    public void Packed_rows_do_too(int batch, int length)
    {
        int[] samples = new int[batch * length];
        for (int i = 0; i < samples.Length; i++) samples[i] = i % length >= length - 3 ? -1 : i / 23; // three of padding
        ShouldFitEveryType(KeySpans.Of(samples, length), 2, 2, 8, turned: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Padded_rows_do_too(bool left)
    {
        const int Rows = 3, Length = 75;
        int[] samples = new int[Rows * Length];
        for (int i = 0; i < samples.Length; i++)
        {
            int padding = 30 * (i / Length), t = i % Length;
            if (left ? t < padding : t >= Length - padding) samples[i] = -1;
        }
        ShouldFitEveryType(KeySpans.Of(samples, Length), 1, 2, 8, turned: true);
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 210)]
    [InlineData(1, 700)]
    public void Two_endings_of_one_beginning_do_too(int batch, int length)
    {
        const int Sample = 35; // 20 of the beginning, and endings of 9 and of 6
        int[] samples = new int[batch * length], endings = new int[batch * length];
        for (int i = 0; i < samples.Length; i++)
        {
            int t = i % length % Sample;
            (samples[i], endings[i]) = (i / length * length + i % length / Sample, t < 20 ? 0 : t < 29 ? 1 : 2);
        }
        var spans = KeySpans.Of(samples, length, endings);
        spans.Gaps.Length.ShouldBe(batch * length);
        ShouldFitEveryType(spans, 2, 2, 8, turned: true);
        ShouldFitEveryType(spans.Of([.. Enumerable.Range(0, batch).SelectMany(row => new[] { 3, 21, 31, 34 }.Select(t => (long)row * length + t))]), 1, 3, 4, turned: true);
    }

    [Fact]
    public void The_second_ending_sees_the_beginning_and_itself()
    {
        var spans = KeySpans.Of([0, 0, 0, 0, 0, 1, 1, 1], 8, [0, 0, 1, 2, 2, 0, 1, 1]);
        spans.First.ToArray().ShouldBe([0, 0, 0, 0, 0, 5, 5, 5]);
        spans.Last.ToArray().ShouldBe([0, 1, 2, 3, 4, 5, 6, 7]);
        spans.Gaps[3].ShouldBe((2, 3));
        spans.Gaps[4].ShouldBe((2, 3));
        foreach (int t in new[] { 0, 1, 2, 5, 6, 7 }) spans.Gaps[t].ShouldBe((0, 0));
        (spans.IsCausal, spans.IsCausalForTokens, spans.IsFull).ShouldBe((false, false, false));
        KeySpans.Of([0, 0, 0], 3, [0, 1, 1]).IsCausal.ShouldBeTrue(); // nothing to skip
    }

    [Fact]
    public void Some_queries_of_rows_do_too()
    {
        var spans = KeySpans.Causal(2, 90).Of([3, 40, 41, 89, 107, 107, 95, 178]);
        spans.Queries.ShouldBe(4);
        ShouldFitEveryType(spans, 2, 2, 8, turned: true);
    }

    [Fact]
    public void Padding_is_a_number_and_reaches_no_token()
    {
        var spans = KeySpans.Of([0, 0, -1, -1, -1, 0, 0, 0], 4);
        var inputs = Inputs(spans, 1, 1, 4);
        var spoilt = inputs.Select(input => input.Clone()).ToArray();
        foreach (var input in spoilt) input.Narrow(0, 0, 1).Narrow(1, 2, 2).Fill_(1e30);
        var (clean, cleanGradients) = Run(inputs, spans, new HeadLayout(1, 1, 4), null, tokens: [0, 1, 5, 6, 7]);
        var (found, gradients) = Run(spoilt, spans, new HeadLayout(1, 1, 4), null, tokens: [0, 1, 5, 6, 7]);
        found.ToArray<float>().ShouldAllBe(value => float.IsFinite(value));
        foreach (int token in new[] { 0, 1, 5, 6, 7 }) Row(found, token).ShouldBe(Row(clean, token));
        for (int i = 0; i < gradients.Length; i++) gradients[i].ToArray<float>().ShouldBe(cleanGradients[i].ToArray<float>());
    }

    [Fact]
    public void What_is_not_a_number_stays_visible()
    {
        var spans = KeySpans.Causal(1, 20);
        var inputs = Inputs(spans, 1, 1, 8);
        inputs[1].Narrow(1, 12, 1).Fill_(double.NaN);
        using var mode = GradMode.Off();
        var found = BlockAttention.Of(inputs[0], inputs[1], inputs[2], new HeadLayout(1, 1, 8), spans);
        Row(found, 11).ShouldAllBe(value => float.IsFinite(value));
        Row(found, 13).ShouldAllBe(value => float.IsNaN(value));
    }

    [Fact]
    public void It_repeats_bit_for_bit_on_any_number_of_threads()
    {
        var spans = KeySpans.Causal(2, 300);
        var inputs = Inputs(spans, 2, 2, 16);
        using var mode = GradMode.Off();
        int threads = TorchRuntime.Threads;
        var found = new List<float[]>();
        foreach (int count in new[] { 1, 2, 2 })
        {
            TorchRuntime.Threads = count;
            found.Add(new HeadLayout(2, 2, 16).Pack(inputs[0]).ToArray<float>());
            var scores = (Create.Range(0, 4L * 128 * 64).To(DType.Float32) * 0.1).Sin().Reshape(4, 128, 64);
            found.Add(new SpanSoftmax(spans, 0, 0, 2, 2).Forward(scores).ToArray<float>());
        }
        TorchRuntime.Threads = threads;
        for (int i = 2; i < found.Count; i++) found[i].ShouldBe(found[i % 2]);
    }

    [Fact]
    public void A_span_without_keys_is_refused() =>
        Should.Throw<ArgumentException>(() => new KeySpans(2, 3, [0, 2], [0, 1])).Message.ShouldContain("query 1 sees keys 2 to 1");

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 4)]
    [InlineData(2, 1)]
    public void A_gap_outside_its_span_is_refused(int from, int end) =>
        Should.Throw<ArgumentException>(() => new KeySpans(1, 5, [1], [3], [(from, end)])).Message.ShouldContain($"but not {from} to {end - 1}");

    private void ShouldFitEveryType(KeySpans spans, int keyHeads, int groups, int width, bool turned)
    {
        var layout = new HeadLayout(keyHeads, groups, width);
        var inputs = Inputs(spans, keyHeads, groups, width);
        var angles = turned ? (Angles(spans.Queries, width), Angles(spans.Keys, width)) : default((RotaryAngles, RotaryAngles)?);
        var exact = inputs.Select(input => input.To(DType.Float64).Detach()).ToArray();
        var (expected, gradients) = Run(exact, spans, layout, angles, plain: true);
        foreach (var (dtype, tolerance) in new[] { (DType.Float64, 1e-7), (DType.Float32, 3e-6), (DType.BFloat16, 0.03) })
        {
            var (found, gradientsFound) = Run([.. inputs.Select(input => input.To(dtype).Detach())], spans, layout, angles);
            found.DType.ShouldBe(dtype);
            Near(found, expected, tolerance);
            for (int i = 0; i < gradients.Length; i++) Near(gradientsFound[i], gradients[i], 2 * tolerance);
        }
    }

    private static void Near(Tensor found, Tensor expected, double tolerance)
    {
        double largest = Math.Max(1, expected.Abs().ToArray<double>().Max());
        (found.To(DType.Float64) - expected).Abs().ToArray<double>().ShouldAllBe(difference => difference <= tolerance * largest);
    }

    private static float[] Row(Tensor x, int token) => x.Reshape(-1, x.Size(-1)).Select(0, token).ToArray<float>();

    private Tensor[] Inputs(KeySpans spans, int keyHeads, int groups, int width) =>
    [
        Create.Normal([spans.Batch, spans.Queries, keyHeads * groups * width], random),
        Create.Normal([spans.Batch, spans.Keys, keyHeads * width], random),
        Create.Normal([spans.Batch, spans.Keys, keyHeads * width], random),
    ];

    private RotaryAngles Angles(int length, int width)
    {
        var angles = Create.Normal([1, length, width / 2], random);
        return new RotaryAngles(angles.Cos(), angles.Sin());
    }

    private static (Tensor Result, Tensor[] Gradients) Run(
        Tensor[] inputs, KeySpans spans, HeadLayout layout, (RotaryAngles Queries, RotaryAngles Keys)? angles, bool plain = false, long[]? tokens = null)
    {
        foreach (var input in inputs) input.RequireGrad();
        var result = plain ? Plain(inputs, spans, layout, angles) : BlockAttention.Of(inputs[0], inputs[1], inputs[2], layout, spans, angles);
        result.Shape.ShouldBe(inputs[0].Shape);
        var looked = result.Reshape(-1, result.Size(-1));
        if (tokens is not null) looked = looked.IndexSelect(0, Tensor.From(tokens, tokens.Length));
        var weights = (Create.Range(1, looked.Elements + 1).To(DType.Float64) * 0.7).Cos().Reshape(looked.Shape);
        var gradients = Gradients.Of((looked.To(DType.Float64) * weights).Sum(), inputs);
        return (result.Detach(), [.. gradients.Select(gradient => gradient!)]);
    }

    private static Tensor Plain(Tensor[] inputs, KeySpans spans, HeadLayout layout, (RotaryAngles Queries, RotaryAngles Keys)? angles)
    {
        long batch = spans.Batch, heads = layout.KeyHeads * layout.Groups, width = layout.HeadDim;
        Tensor q = Turn(Heads(inputs[0], heads), angles?.Queries), k = Repeat(Turn(Heads(inputs[1], layout.KeyHeads), angles?.Keys)), v = Repeat(Heads(inputs[2], layout.KeyHeads));
        bool[] hidden = [.. Enumerable.Range(0, spans.First.Length).SelectMany(i => Hides(spans.First[i], spans.Last[i], spans.Gaps.IsEmpty ? default : spans.Gaps[i]))];
        var scores = q.Matmul(k.Transpose(-1, -2)) * (1 / Math.Sqrt(width));
        var weights = scores.MaskedFill(Tensor.From(hidden, batch, 1, spans.Queries, spans.Keys), double.NegativeInfinity).Softmax(-1); // [B, H, Q, S]
        return weights.Matmul(v).Transpose(1, 2).Reshape(batch, spans.Queries, heads * width);

        Tensor Heads(Tensor x, long count) => x.Reshape(batch, x.Size(1), count, width).Transpose(1, 2); // [B, heads, T, Dh]

        Tensor Repeat(Tensor x) =>
            x.Unsqueeze(2).Expand(batch, layout.KeyHeads, layout.Groups, x.Size(2), width).Reshape(batch, heads, x.Size(2), width);

        IEnumerable<bool> Hides(int first, int last, (int First, int End) gap) =>
            Enumerable.Range(0, spans.Keys).Select(key => key < first || key > last || (key >= gap.First && key < gap.End));
    }

    // x: [B, heads, T, Dh]; x * cos + (-second half, first half) * sin
    private static Tensor Turn(Tensor x, RotaryAngles? angles)
    {
        if (angles is null) return x;
        long half = x.Size(-1) / 2;
        var swapped = Shaping.Cat([-x.Narrow(-1, half, half), x.Narrow(-1, 0, half)], -1);
        return x * Shaping.Cat([angles.Cos, angles.Cos], -1).Unsqueeze(1) + swapped * Shaping.Cat([angles.Sin, angles.Sin], -1).Unsqueeze(1);
    }
}
