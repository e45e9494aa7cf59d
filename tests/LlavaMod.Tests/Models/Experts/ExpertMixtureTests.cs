using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Experts;

/// <summary>The mixture against autograd of the dense formula in Float64: every expert computes every token, most with a weight of zero.</summary>
public sealed class ExpertMixtureTests : IDisposable
{
    private const int Width = 5, Inner = 9;

    private readonly TensorScope scope = new();
    private readonly RandomGenerator generator = new(7);

    public void Dispose()
    {
        scope.Dispose();
        generator.Dispose();
    }

    /// <summary>Leaves: tokens [N, D], gates [N, K], then the experts' matrices.</summary>
    private sealed record Case(Tensor[] Leaves, Tensor Experts, Tensor? Kept)
    {
        public Tensor Mix(DType dtype = DType.Float32)
        {
            var dispatch = Dispatch.Plan(new Assignment(Experts, Leaves[1], Kept, null), (Leaves.Length - 2) / 3);
            return new ExpertMixture(dispatch, [.. Leaves.Skip(2).Chunk(3).Select(part => new SwiGluWeights(part[0], part[1], part[2]))])
                .Forward(Leaves[0].To(dtype), Leaves[1]);
        }

        public (Tensor Output, Tensor[] Leaves) Dense()
        {
            Tensor[] exact = [.. Leaves.Select(leaf => leaf.Detach().To(DType.Float64).RequireGrad())];
            var gates = Kept is null ? exact[1] : exact[1] * Kept.To(DType.Float64);
            var y = Create.Zeros(exact[0].Shape, DType.Float64);
            foreach (var (e, part) in exact.Skip(2).Chunk(3).Index())
            {
                var weight = (gates * Experts.Equal(e).To(DType.Float64)).Sum(1, keep: true);
                y += (exact[0].Linear(part[0]).Silu() * exact[0].Linear(part[1])).Linear(part[2]) * weight;
            }
            return (y, exact);
        }
    }

    private Case Make(int tokens, int choices, int experts, double keep = 1, bool collapsed = false, DType dtype = DType.Float32)
    {
        Tensor Leaf(params ReadOnlySpan<long> shape) => Create.Normal(shape, generator).To(dtype).RequireGrad();
        var gates = Create.Uniform([tokens, choices], generator).RequireGrad();
        var chosen = collapsed
            ? Create.Range(0, choices).Unsqueeze(0).Expand(tokens, -1).Contiguous()
            : Create.Uniform([tokens, experts], generator).Sort().Order.Narrow(1, 0, choices).Contiguous();
        var kept = keep < 1 ? Create.Uniform([tokens, choices], generator).Less(keep) : null;
        List<Tensor> leaves = [Leaf(tokens, Width), gates];
        for (int e = 0; e < experts; e++) leaves.AddRange([Leaf(Inner, Width), Leaf(Inner, Width), Leaf(Width, Inner)]);
        return new Case([.. leaves], chosen, kept);
    }

    [Theory]
    [InlineData(11, 2, 4, 1.0, false)]
    [InlineData(1, 2, 4, 1.0, false)]   // one token: two experts have none
    [InlineData(9, 1, 3, 1.0, true)]    // all tokens in one expert
    [InlineData(9, 2, 5, 1.0, true)]    // all tokens in the same two
    [InlineData(13, 2, 4, 0.6, false)]  // some dropped or padding
    [InlineData(6, 3, 3, 0.2, false)]
    [InlineData(4, 2, 4, 0.0, false)]   // nothing kept at all
    [InlineData(40, 4, 4, 0.9, false)]
    public void Its_output_and_gradients_are_those_of_the_dense_formula(int tokens, int choices, int experts, double keep, bool collapsed)
    {
        var made = Make(tokens, choices, experts, keep, collapsed);
        var (expected, exact) = made.Dense();
        var output = made.Mix();
        ShouldBeClose(output, expected, 1e-5, "output");
        var gradient = Create.Normal([tokens, Width], generator);
        var found = Gradients.Of(output, made.Leaves, gradient);
        var wanted = Gradients.Of(expected, exact, gradient.To(DType.Float64));
        for (int i = 0; i < found.Length; i++) ShouldBeClose(found[i].ShouldNotBeNull($"leaf {i}"), wanted[i]!, 1e-5, $"leaf {i}");
        using var mode = GradMode.Off();
        ShouldBeClose(made.Mix(), expected, 1e-5, "not recorded");
    }

    [Theory]
    [InlineData("tokens")]
    [InlineData("gates")]           // frozen experts, a trained router
    [InlineData("experts")]         // trained experts, a frozen router
    [InlineData("tokens gates")]
    [InlineData("down of 1")]
    [InlineData("up of 2, gates")]
    public void What_is_frozen_gets_no_gradient_and_changes_no_other(string trained)
    {
        var made = Make(8, 2, 4, keep: 0.8);
        var whole = Gradients.Of(made.Mix().Square().Sum(), made.Leaves);
        bool IsTrained(int leaf) => leaf switch
        {
            0 => trained.Contains("tokens"),
            1 => trained.Contains("gates"),
            2 + 3 * 1 + 2 when trained.Contains("down of 1") => true,
            2 + 3 * 2 + 1 when trained.Contains("up of 2") => true,
            _ => trained.Contains("experts"),
        };
        for (int i = 0; i < made.Leaves.Length; i++) made.Leaves[i].RequireGrad(IsTrained(i));
        made.Mix().Square().Sum().Backward();
        for (int i = 0; i < made.Leaves.Length; i++)
        {
            if (IsTrained(i)) ShouldBeClose(made.Leaves[i].Grad().ShouldNotBeNull($"leaf {i}"), whole[i]!, 1e-5, $"leaf {i}");
            else made.Leaves[i].Grad().ShouldBeNull($"leaf {i}");
        }
    }

    [Fact]
    public void In_bfloat16_it_is_the_same_mixture_rounded()
    {
        var made = Make(17, 2, 4, keep: 0.8, dtype: DType.BFloat16);
        var (expected, exact) = made.Dense();
        var output = made.Mix(DType.BFloat16);
        output.DType.ShouldBe(DType.BFloat16);
        var found = Gradients.Of(output, made.Leaves, Create.Ones(output.Shape, DType.BFloat16));
        var wanted = Gradients.Of(expected, exact, Create.Ones(output.Shape, DType.Float64));
        for (int i = 0; i < found.Length; i++)
        {
            found[i]!.DType.ShouldBe(made.Leaves[i].DType);
            ShouldBeClose(found[i]!, wanted[i]!, 0.03, $"leaf {i}");
        }
    }

    [Fact]
    public void Its_gradients_are_the_same_bits_every_time()
    {
        var made = Make(50, 2, 4);
        float[] Run() => [.. Gradients.Of(made.Mix().Square().Sum(), made.Leaves).SelectMany(gradient => gradient!.ToArray<float>())];
        Run().ShouldBe(Run());
    }

    // Relative to the largest element.
    private static void ShouldBeClose(Tensor actual, Tensor expected, double tolerance, string what)
    {
        actual.Shape.ShouldBe(expected.Shape, what);
        var wanted = expected.ToArray<double>();
        actual.ToArray<double>().ShouldBe(wanted, tolerance * Math.Max(1e-3, wanted.Select(Math.Abs).DefaultIfEmpty().Max()), what);
    }
}
