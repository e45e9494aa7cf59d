using LlavaMod.Objectives;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Objectives;

public sealed class ObjectiveOptionsTests
{
    private static ValueMap<double> Scope(params (string Name, double Weight)[] weights) =>
        new(weights.Select(weight => KeyValuePair.Create(weight.Name, weight.Weight)));

    [Fact]
    public void Responses_count_unless_the_scope_says_otherwise()
    {
        new ReverseKl(new()).Scope.ShouldBe(new Dictionary<TokenScope, double> { [TokenScope.Response] = 1 });
        new ReverseKl(new() { Scope = Scope(("visual", 0.5), ("all", 2), ("prompt", 0)) }).Scope
            .ShouldBe(new Dictionary<TokenScope, double> { [TokenScope.Visual] = 0.5, [TokenScope.All] = 2 }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("respons", 1, "scope has no 'respons'; did you mean 'response'?")]
    [InlineData("prompt", 0, "scope counts no token; give one of response, prompt, visual, all a weight above 0")]
    [InlineData("prompt", -1, "scope.prompt is -1; expected a number >= 0 and <= 1000000")]
    [InlineData("prompt", double.NaN, "scope.prompt is NaN; expected a number >= 0 and <= 1000000")]
    public void A_scope_that_means_nothing_is_refused(string name, double weight, string message) =>
        Should.Throw<UserError>(() => new ForwardKl(new() { Scope = Scope((name, weight)) })).Message.ShouldBe(message);

    [Fact]
    public void What_is_out_of_range_is_refused_by_name()
    {
        Should.Throw<UserError>(() => new ForwardKl(new() { Temperature = 0 })).Message
            .ShouldBe("temperature is 0; expected a number >= 0.01 and <= 100");
        Should.Throw<UserError>(() => new ReverseKl(new() { Temperature = double.NaN })).Message.ShouldContain("temperature is NaN");
        Should.Throw<UserError>(() => new GeneralizedJsd(new() { Beta = 1.5 })).Message.ShouldBe("beta is 1.5; expected a number >= 0 and <= 1");
        Should.Throw<UserError>(() => new DpoSigmoid(new() { LabelSmoothing = 0.6 })).Message.ShouldContain("label_smoothing is 0.6");
        Should.Throw<UserError>(() => new DpoSigmoid(new() { Beta = 0 })).Message.ShouldBe("beta is 0; expected a number > 0 and <= 100");
        Should.Throw<UserError>(() => new DpoHinge(new() { Beta = -1 })).Message.ShouldContain("beta is -1");
        Should.Throw<UserError>(() => new Ipo(new() { Beta = 0 })).Message.ShouldContain("beta is 0");
        Should.Throw<UserError>(() => new KtoPair(new() { Beta = double.PositiveInfinity })).Message.ShouldContain("beta is");
    }

    [Fact]
    public void The_reference_has_no_temperature() =>
        Should.Throw<UserError>(() => new ForwardKl(new() { Reference = true, Temperature = 2 }))
            .Message.ShouldContain("temperature is 2 and reference is true");

    [Fact]
    public void The_reference_counts_positions_by_their_own_token_and_padding_where_all_count()
    {
        (new ForwardKl(new()) is { Shifted: true, IncludesPadding: false }).ShouldBeTrue();
        (new ForwardKl(new() { Reference = true }) is { Shifted: false, IncludesPadding: true }).ShouldBeTrue();
    }
}
