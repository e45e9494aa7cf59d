using LlavaMod.Recipes;

namespace LlavaMod.Tests.Recipes;

public class ExpertPlacementTests
{
    [Theory]
    [InlineData(PlacementRule.EveryOther, 5, new[] { 0, 2, 4 })]
    [InlineData(PlacementRule.EveryOther, 1, new[] { 0 })]
    [InlineData(PlacementRule.All, 3, new[] { 0, 1, 2 })]
    [InlineData(PlacementRule.FirstHalf, 5, new[] { 0, 1 })]
    [InlineData(PlacementRule.SecondHalf, 5, new[] { 2, 3, 4 })]
    public void A_rule_chooses_layers(PlacementRule rule, int layerCount, int[] layers) =>
        new ExpertPlacement(rule, null).LayersOf(layerCount).ShouldBe(layers);

    [Fact]
    public void Listed_layers_must_be_the_models()
    {
        var placement = new ExpertPlacement(null, [1, 3]);
        placement.LayersOf(4).ShouldBe([1, 3]);
        Should.Throw<UserError>(() => placement.LayersOf(3)).Message.ShouldBe("upcycle.placement lists layer 3; the model has layers 0 .. 2");
    }

    [Fact]
    public void A_rule_that_chooses_none_is_an_error() =>
        Should.Throw<UserError>(() => new ExpertPlacement(PlacementRule.FirstHalf, null).LayersOf(1)).Message.ShouldContain("none of 1 layers");
}
