namespace LlavaMod.Torch.Tests.Operators;

public sealed class WeightedRowsTests : TorchTest
{
    // The plain way: [K, N, D] gathered, weighted, summed.
    private static Tensor Plain(Tensor rows, Tensor places, Tensor? weights)
    {
        var exact = rows.To(DType.Float64);
        var picked = exact.IndexSelect(0, places.Reshape(-1)).Reshape([.. places.Shape, rows.Size(1)]);
        if (weights is not null) picked *= weights.To(DType.Float64).Transpose(0, 1).Unsqueeze(-1);
        return picked.Sum(0);
    }

    public static TheoryData<int, int, int, int> Shapes() => new() { { 1, 1, 1, 1 }, { 5, 3, 2, 7 }, { 9, 0, 2, 4 }, { 12, 6, 4, 513 }, { 300, 200, 2, 700 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Sums_are_those_of_gathered_weighted_rows(int rows, int tokens, int choices, int width)
    {
        using var generator = new RandomGenerator(3);
        var values = Create.Normal([rows, width], generator);
        var weights = Create.Normal([choices, tokens], generator).Transpose(0, 1); // strided, as gates may be
        var places = (Create.Uniform([choices, tokens], generator) * rows).To(DType.Int64);
        foreach (var (type, tolerance) in new[] { (DType.Float32, 1e-5), (DType.BFloat16, 0.03), (DType.Float64, 1e-6) })
        {
            var typed = values.To(type);
            foreach (var given in new[] { weights, null })
            {
                var sum = WeightedRows.Sum(typed, places, given);
                sum.DType.ShouldBe(type);
                sum.Shape.ShouldBe([tokens, width]);
                sum.ToArray<double>().ShouldBe(Plain(typed, places, given).ToArray<double>(), tolerance);
            }
        }
    }

    [Fact]
    public void A_place_outside_the_rows_is_refused()
    {
        foreach (long place in new[] { 3L, -1L })
            Should.Throw<ArgumentOutOfRangeException>(() => WeightedRows.Sum(Create.Ones([3, 2]), Ids(0, place).Unsqueeze(0), null)).ActualValue.ShouldBe(place);
    }
}
