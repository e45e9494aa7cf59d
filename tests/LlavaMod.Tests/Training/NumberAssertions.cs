namespace LlavaMod.Tests.Training;

internal static class NumberAssertions
{
    /// <summary>The same names, and numbers that differ by no more than the tolerance.</summary>
    public static void ShouldBeNear(this IReadOnlyDictionary<string, double[]> actual, IReadOnlyDictionary<string, double[]> expected, double tolerance)
    {
        actual.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach (var (name, values) in expected)
        {
            actual[name].Length.ShouldBe(values.Length, name);
            double worst = actual[name].Zip(values, (a, b) => Math.Abs(a - b)).Aggregate(0.0, Math.Max); // not a number stays that
            worst.ShouldBeLessThanOrEqualTo(tolerance, name);
        }
    }
}
