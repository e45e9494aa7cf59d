using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Stages.Planning;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Stages;

public class ModelCostTests
{
    private const double Tokens = 100, Wanted = 30, Row = 20;

    private static readonly LlavaConfig Dense = new()
    {
        Language = new LanguageConfig { VocabSize = 50, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2 },
    };

    // Of a layer: q and o of 16 x 16, k and v of 16 x 8, biases of q, k and v, three matrices of 16 x 24; scores and mixtures are 4 S D.
    private const double Outputs = 256 + 16 + 256 + 3 * 384, KeysAndValues = 2 * (128 + 8), Layer = Outputs + KeysAndValues, Attention = 4 * Row * 16;

    [Fact]
    public void A_dense_last_layer_costs_keys_and_values_alone_where_its_output_is_not_wanted()
    {
        using var cost = new ModelCost(Dense, DType.Float32);
        double forward = Tokens * (2 * Layer + Attention) + Tokens * 2 * KeysAndValues + Wanted * (2 * Outputs + Attention);
        cost.Forward(Tokens, visual: 0, Wanted, Row).ShouldBe(forward);
        cost.Backward(Tokens, visual: 0, Wanted, Row, trained: 0).ShouldBe(forward + (Tokens + Wanted) * Attention);
        double weights = Tokens * (Layer + KeysAndValues) + Wanted * Outputs;
        cost.Backward(Tokens, visual: 0, Wanted, Row, ModelPart.Language).ShouldBe(forward + (Tokens + Wanted) * Attention + 2 * weights);
        cost.Forward(Tokens, visual: 0, Tokens, Row).ShouldBe(Tokens * 2 * (2 * Layer + Attention));
    }

    [Fact]
    public void A_sparse_last_layer_routes_every_token()
    {
        using var cost = new ModelCost(Dense with { Experts = new ExpertsConfig { Layers = [1] } }, DType.Float32);
        cost.Forward(Tokens, visual: 0, Wanted, Row).ShouldBe(cost.Forward(Tokens, visual: 0, Tokens, Row));
    }
}
