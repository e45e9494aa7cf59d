using LlavaMod.Models.Experts;

namespace LlavaMod.Tests.Models.Experts;

public class ExpertsConfigTests
{
    private static readonly ExpertsConfig Good = new() { Layers = [0, 2] };

    [Fact]
    public void The_defaults_are_valid_for_a_model_that_has_the_layers() => Should.NotThrow(() => Good.Validate("here", 3));

    [Fact]
    public void LLaVA_MoDs_settings_are_valid() =>
        Should.NotThrow(() => (Good with { Reference = true, CapacityFactor = 1.5, EvalCapacityFactor = 2 }).Validate("here", 4));

    public static TheoryData<ExpertsConfig, string> Broken => new()
    {
        { Good with { Layers = [] }, "no layer is sparse" },
        { Good with { Layers = [0, 4] }, "layers [0, 4] must rise and lie between 0 and 3" },
        { Good with { Layers = [-1] }, "layers [-1]" },
        { Good with { Layers = [2, 0] }, "layers [2, 0]" },
        { Good with { Layers = [1, 1] }, "layers [1, 1]" },
        { Good with { NumExperts = 1 }, "num_experts 1 must be between 2 and 256" },
        { Good with { NumExperts = 100_000 }, "num_experts 100000" },
        { Good with { TopK = 0 }, "top_k 0" },
        { Good with { TopK = 5 }, "top_k 5 must be between 1 and num_experts, 4" },
        { Good with { CapacityFactor = 0 }, "capacity_factor 0" },
        { Good with { EvalCapacityFactor = double.NaN }, "eval_capacity_factor NaN" },
        { Good with { MinCapacity = -1 }, "min_capacity -1" },
        { Good with { Reference = true, CapacityFactor = 1.5 }, "eval_capacity_factor" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_does_not_fit_is_told_with_the_value_seen(ExpertsConfig config, string message) =>
        Should.Throw<UserError>(() => config.Validate("here", 4)).Message.ShouldContain(message);
}
