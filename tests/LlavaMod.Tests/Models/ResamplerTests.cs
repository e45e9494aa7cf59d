using LlavaMod.Models;
using LlavaMod.Models.Connectors;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models;

public sealed class ResamplerTests : IDisposable
{
    private const int Vision = 6, Language = 8, Queries = 3, Patches = 9;

    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    private static float[] Resampled(Resampler.Options options, Tensor features, Action<ParameterStore>? change = null)
    {
        using var store = new ParameterStore(new RandomParameters(5), DType.Float32, Device.Cpu);
        var forward = new Resampler(options).Build(store.Root / "model" / "mm_projector", Vision, Language);
        foreach (var parameter in store.Parameters.Where(parameter => parameter.Name.EndsWith("weight") || parameter.Name.EndsWith("query"))) parameter.Value.Multiply_(20);
        change?.Invoke(store);
        return forward(features).ToArray<float>();
    }

    private static Tensor Features => Create.Normal([2, Patches, Vision], new RandomGenerator(1));

    private static Resampler.Options Options => new() { NumQueries = Queries, NumHeads = 2 };

    [Fact]
    public void An_image_takes_as_many_tokens_as_there_are_queries()
    {
        new Resampler(Options).Tokens(features: 576).ShouldBe(Queries);
        Resampled(Options, Features).Length.ShouldBe(2 * Queries * Language);
        Resampled(Options, Features.Narrow(1, 1, Patches - 1)).Length.ShouldBe(2 * Queries * Language);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void The_order_of_patches_matters_where_keys_have_positions(bool positions)
    {
        var options = Options with { Positions = positions };
        var turned = Features.IndexSelect(1, Tensor.From((long[])[4, 2, 7, 1, 0, 8, 3, 6, 5], Patches));
        float[] found = Resampled(options, turned), expected = Resampled(options, Features);
        found.Zip(expected, (a, b) => MathF.Abs(a - b)).Max().ShouldBe(0, positions ? float.MaxValue : 2e-5f * expected.Max(MathF.Abs));
        if (positions) found.Zip(expected, (a, b) => MathF.Abs(a - b)).Max().ShouldBeGreaterThan(1e-2f * expected.Max(MathF.Abs));
    }

    [Fact]
    public void Queries_that_look_at_nothing_in_particular_see_the_same()
    {
        // Zero query projections: every patch has the same weight.
        float[] all = Resampled(Options, Features, Blind);
        for (int query = 1; query < Queries; query++) all[(query * Language)..((query + 1) * Language)].ShouldBe(all[..Language], 1e-5f);

        static void Blind(ParameterStore store)
        {
            store["model.mm_projector.attn.in_proj_weight"].Value.Narrow(0, 0, Language).Fill_(0);
            store["model.mm_projector.attn.in_proj_bias"].Value.Narrow(0, 0, Language).Fill_(0);
        }
    }

    [Fact]
    public void Positions_are_sines_and_cosines_of_column_and_row()
    {
        float[] values = new GridPositions(8).Of(Patches, Device.Cpu).ToArray<float>();
        double[] last = [Math.Sin(2), Math.Sin(0.02), Math.Cos(2), Math.Cos(0.02), Math.Sin(2), Math.Sin(0.02), Math.Cos(2), Math.Cos(0.02)]; // column 2, row 2
        values[..8].ShouldBe([0, 0, 1, 1, 0, 0, 1, 1]);
        values[64..].Zip(last, (found, expected) => Math.Abs(found - expected)).Max().ShouldBeLessThan(1e-6);
        new GridPositions(8).Of(Patches - 1, Device.Cpu).ToArray<float>().ShouldBe(values[8..]);
    }

    [Theory]
    [InlineData(0, 2, "num_queries is 0")]
    [InlineData(3, 0, "num_heads is 0")]
    [InlineData(3, 3, "the language model's width 8 is not a multiple of num_heads 3")]
    public void Options_that_do_not_fit_are_refused(int queries, int heads, string message)
    {
        using var store = new ParameterStore(new ShapesOnly(), DType.Float32, Device.Meta);
        Should.Throw<UserError>(() => new Resampler(new Resampler.Options { NumQueries = queries, NumHeads = heads }).Build(store.Root, Vision, Language)).Message.ShouldContain(message);
    }
}
