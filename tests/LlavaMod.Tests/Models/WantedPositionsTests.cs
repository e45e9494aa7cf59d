using LlavaMod.Models;
using LlavaMod.Models.Attending;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Tests.Training;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models;

/// <summary>A pass that is asked for some positions gives what the whole pass gives there, and the same gradients.</summary>
public sealed class WantedPositionsTests : IDisposable
{
    private const int Rows = 3, Length = 7;

    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    // Of 3 rows of 7: ragged, one row without any, out of order and repeated, one alone, all.
    public static TheoryData<string, long[]> Choices => new()
    {
        { "ragged", [2, 5, 6, 9, 14, 15, 16, 17, 18] },
        { "a row without any", [0, 3, 20] },
        { "out of order and repeated", [19, 2, 19, 8, 7] },
        { "one", [11] },
        { "all", [.. Enumerable.Range(0, Rows * Length).Select(position => (long)position)] },
        { "none", [] },
    };

    [Theory]
    [MemberData(nameof(Choices))]
    public void Wanted_positions_have_the_states_and_gradients_of_the_whole_pass(string choice, long[] wanted)
    {
        using var dense = Model();
        using var sparseFirst = Model(TinyModels.Experts);
        using var sparseLast = Model(new ExpertsConfig { Layers = [1], NumExperts = 4, TopK = 2 });
        foreach (var input in new[] { Input(), Padded(left: false), Padded(left: true), Packed() })
        {
            foreach (var model in new[] { dense, sparseFirst, sparseLast })
            {
                ShouldAgree(model, input, wanted, recompute: false, choice);
                ShouldAgree(model, input, wanted, recompute: true, choice);
            }
        }
    }

    [Fact]
    public void In_16_bits_they_agree_to_rounding()
    {
        using var model = TinyModels.Build(7, dtype: DType.BFloat16);
        using var mode = GradMode.Off();
        var input = Padded(left: false) with { Embeddings = Embeddings().To(DType.BFloat16), Wanted = [1, 4, 8, 20] };
        var found = model.Language.Forward(input, new RoutingPass());
        found.DType.ShouldBe(DType.BFloat16);
        var whole = model.Language.Forward(input with { Wanted = null }, new RoutingPass()).Reshape(Rows * Length, -1);
        var expected = whole.IndexSelect(0, Indices(input.Wanted!));
        (found - expected).Abs().ToArray<float>().Max().ShouldBeLessThan(0.03f);
    }

    [Fact]
    public void A_list_of_states_and_a_cache_still_hold_every_position()
    {
        using var model = Model();
        using var mode = GradMode.Off();
        var states = new List<Tensor>();
        long[] wanted = [20, 3];
        var input = Input();
        var whole = model.Language.Forward(input, new RoutingPass()).Reshape(Rows * Length, -1).IndexSelect(0, Indices(wanted)).ToArray<float>();
        model.Language.Forward(input with { Wanted = wanted }, new RoutingPass(), hiddenStates: states).ToArray<float>().ShouldBe(whole, 1e-5);
        states.ShouldAllBe(state => state.Size(0) == Rows && state.Size(1) == Length);
        using var cache = new KvCache(model.Language.Config, Rows, Length, DType.Float32, Device.Cpu);
        model.Language.Forward(input with { Wanted = wanted }, new RoutingPass(), cache).ToArray<float>().ShouldBe(whole, 1e-5);
        cache.Length.ShouldBe(Length);
    }

    private static void ShouldAgree(Llava model, LanguageInput input, long[] wanted, bool recompute, string choice)
    {
        using var inner = new TensorScope();
        var (whole, expected) = Run(model, input, wanted, early: false, recompute);
        var (hidden, found) = Run(model, input, wanted, early: true, recompute);
        hidden.ShouldBe(whole, 1e-5f, choice);
        found.ShouldBeNear(expected, 1e-4);
    }

    private static (float[] Hidden, Dictionary<string, double[]> Gradients) Run(
        Llava model, LanguageInput input, long[] wanted, bool early, bool recompute)
    {
        var leaf = input.Embeddings.Detach().RequireGrad();
        var hidden = model.Language.Forward(input with { Embeddings = leaf, Wanted = early ? wanted : null }, new RoutingPass(), recompute: recompute);
        if (!early) hidden = hidden.Reshape(Rows * Length, -1).IndexSelect(0, Indices(wanted));
        hidden.Shape.ShouldBe([wanted.Length, input.Embeddings.Size(2)]);
        var weights = (Create.Range(1, hidden.Elements + 1).To(DType.Float32) * 0.7).Cos().Reshape(hidden.Shape);
        (hidden * weights).Sum().Backward();
        var trained = model.Parameters.Parameters.Append(new Parameter("input", leaf, ModelPart.Embeddings)).ToList();
        // Without any position some parameters are not reached at all: that is a gradient of zero.
        var gradients = trained.ToDictionary(one => one.Name, one => one.Value.Grad()?.ToArray<double>() ?? new double[one.Value.Elements]);
        foreach (var one in trained) one.Value.SetGrad(null);
        return (hidden.ToArray<float>(), gradients);
    }

    private static Llava Model(ExpertsConfig? experts = null)
    {
        var model = TinyModels.Build(7, TinyModels.Config(experts));
        foreach (var parameter in model.Parameters.Parameters) parameter.Value.RequireGrad();
        return model;
    }

    private static Tensor Indices(long[] wanted) => Tensor.From(wanted, wanted.Length);

    private static Tensor Embeddings() => (Create.Range(0, Rows * Length * 16).To(DType.Float32) * 0.37).Sin().Reshape(Rows, Length, 16);

    private static LanguageInput Input() => new(Embeddings());

    private static LanguageInput Padded(bool left)
    {
        int[] padding = [0, 2, 4];
        bool[] real = [.. padding.SelectMany(count => Enumerable.Range(0, Length).Select(t => left ? t >= count : t < Length - count))];
        return Input() with { AttentionMask = Tensor.From(real, Rows, Length) };
    }

    private static LanguageInput Packed()
    {
        int[] samples = [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 4, 4, 4, 4, -1, -1];
        long[] positions = [0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 0, 0, 1, 2, 3, 0, 0];
        return Input() with { Spans = KeySpans.Of(samples, Length), Positions = Tensor.From(positions, Rows, Length) };
    }
}
