using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

public sealed class IndexPermutationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(65537)]
    public void Every_index_comes_once(int count)
    {
        var permutation = new IndexPermutation("7", count);
        Enumerable.Range(0, count).Select(permutation.At).Order().ShouldBe(Enumerable.Range(0, count));
    }

    [Fact]
    public void Seeds_give_different_permutations_in_which_neighbours_part()
    {
        const int Count = 10_000;
        var first = Enumerable.Range(0, Count).Select(new IndexPermutation("7", Count).At).ToArray();
        Enumerable.Range(0, Count).Select(new IndexPermutation("8", Count).At).ShouldNotBe(first);
        // Of two random indices the mean distance is a third of the range.
        first.Zip(first.Skip(1)).Average(pair => (double)Math.Abs(pair.First - pair.Second) / Count).ShouldBe(1 / 3.0, 0.02);
    }
}
