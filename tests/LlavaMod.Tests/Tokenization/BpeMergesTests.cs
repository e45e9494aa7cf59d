using LlavaMod.Tokenization;

namespace LlavaMod.Tests.Tokenization;

public sealed class BpeMergesTests
{
    // 0, 1, 2 are a, b, c.
    private static readonly BpeMerges Merges = new([(0, 1, 3), (0, 0, 4), (3, 2, 5), (4, 4, 6), (2, 2, 7), (5, 6, 8), (1, 0, 9)]);

    [Fact]
    public void The_lowest_rank_merges_first_and_the_leftmost_of_equals()
    {
        Apply([0, 0, 1, 2]).ShouldBe([0, 5]);       // a ab c, a abc
        Apply([0, 0, 0, 0, 0]).ShouldBe([6, 0]);    // aa aa a
        Apply([1, 0, 1]).ShouldBe([1, 3]);          // ab outranks ba
        Apply([]).ShouldBe([]);
    }

    [Fact]
    public void The_queue_gives_what_the_scan_gives()
    {
        var random = new Random(3);
        for (var i = 0; i < 3_000; i++)
        {
            int[] word = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(3))], copy = [.. word];
            int scanned = Merges.ApplyByScan(word), queued = Merges.ApplyByQueue(copy);
            copy[..queued].ShouldBe(word[..scanned]);
        }
    }

    [Fact]
    public void A_huge_word_does_not_stall()
    {
        var word = new int[200_000];
        Merges.Apply(word).ShouldBe(50_000);
        word[..50_000].ShouldAllBe(token => token == 6);
    }

    private static int[] Apply(int[] word) => word[..Merges.Apply(word)];
}
