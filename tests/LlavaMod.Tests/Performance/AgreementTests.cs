using LlavaMod.Performance;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Performance;

public sealed class AgreementTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Sides_that_differ_by_rounding_agree()
    {
        var agreement = Compare(("a", [1, 2, 3]), ("a", [1, 2, 3.00001f]));
        agreement.Holds.ShouldBeTrue();
        agreement.Worst.ShouldBeInRange(1e-6, 1e-5);
        agreement.Require("a step");
    }

    [Fact]
    public void A_gradient_that_differs_stops_the_row_and_is_named()
    {
        var agreement = Agreement.Of(
            Named(("fine", [1, 1]), ("wrong", [1, 2])), ["fine", "wrong"], name => Vector(name == "wrong" ? [1, 2.01f] : [1, 1]));
        agreement.Holds.ShouldBeFalse();
        Should.Throw<RowFailedException>(() => agreement.Require("a step")).Message.ShouldContain("wrong is 4.5e-3 off");
    }

    [Fact]
    public void A_gradient_in_the_wrong_place_is_no_rounding_however_small_the_others_are() =>
        Compare(("a", [0, 1e-6f]), ("a", [1e-6f, 0])).Holds.ShouldBeFalse();

    [Fact]
    public void A_gradient_that_is_not_there_stops_the_row()
    {
        Should.Throw<RowFailedException>(() => Agreement.Of(Named(("a", [1])), ["a", "b"], _ => Vector([1])).Require("a step")).Message.ShouldContain("only one side has b");
        Agreement.Of(Named(("a", [1]), ("b", [1])), ["a"], _ => Vector([1])).Holds.ShouldBeFalse();
        Agreement.Of(Named(), [], _ => Vector([1])).Holds.ShouldBeFalse("nothing was compared");
    }

    [Fact]
    public void Another_shape_is_no_agreement() => Compare(("a", [1, 1]), ("a", [1])).Holds.ShouldBeFalse();

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.NaN)]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    public void What_is_not_finite_agrees_with_nothing(float ours, float theirs) => Compare(("a", [ours]), ("a", [theirs])).Holds.ShouldBeFalse();

    [Fact]
    public void Zeros_on_both_sides_agree() => Compare(("a", [0, 0]), ("a", [0, 0])).Holds.ShouldBeTrue();

    private static Agreement Compare((string, float[]) ours, (string Name, float[] Values) theirs) => Agreement.Of(Named(ours), [theirs.Name], _ => Vector(theirs.Values));

    private static Dictionary<string, Tensor> Named(params (string Name, float[] Values)[] tensors) =>
        tensors.ToDictionary(tensor => tensor.Name, tensor => Vector(tensor.Values));

    private static Tensor Vector(float[] values) => Tensor.From(values, values.Length);
}
