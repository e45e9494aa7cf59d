using LlavaMod.Teachers;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Teachers;

public sealed class SparseCodeTests : IDisposable
{
    private const int Words = 151_936;

    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(4.0)]
    public void A_token_of_a_large_vocabulary_takes_at_most_150_bytes_however_flat_the_teacher_is(double sharpness)
    {
        using var generator = new RandomGenerator(3);
        var positions = TeacherDraws.Of(Create.Normal([16, Words], generator) * sharpness, new CacheSampling());
        byte[] record = CacheShard.Write(1, positions.Length, SparseCode.Write(positions));
        ((record.Length + CacheIndex.Entry) / (double)positions.Length).ShouldBeLessThanOrEqualTo(150);
    }

    [Theory]
    [InlineData(40, 12, 20)]
    [InlineData(40, 40, 20)]
    [InlineData(2000, 1, 300)]
    [InlineData(2000, 1024, 1024)]
    public void What_is_read_is_what_was_written(int words, int top, int draws)
    {
        using var generator = new RandomGenerator(4);
        var written = TeacherDraws.Of(Create.Normal([9, words], generator) * 3, new CacheSampling(top, draws));
        var read = SparseCode.Read(SparseCode.Write(written), words);
        read.Length.ShouldBe(written.Length);
        foreach (var (before, after) in written.Zip(read))
        {
            (after.LogNormalizer, after.NegativeEntropy).ShouldBe((before.LogNormalizer, before.NegativeEntropy));
            after.TopIds.ShouldBe(before.TopIds);
            after.Top.ShouldBe(before.Top);
            after.DrawnIds.ShouldBe(before.DrawnIds);
            after.Counts.ShouldBe(before.Counts);
        }
    }

    [Fact]
    public void Bytes_that_are_no_distributions_are_refused_without_any_other_error()
    {
        using var generator = new RandomGenerator(5);
        byte[] good = SparseCode.Write(TeacherDraws.Of(Create.Normal([2, 50], generator), new CacheSampling(5, 5)));
        for (int length = 0; length < good.Length; length++) Should.Throw<InvalidDataException>(() => SparseCode.Read(good[..length], 50));
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bad = (byte[])good.Clone();
            bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                SparseCode.Read(bad, 50).ShouldAllBe(position => position.TopIds.Concat(position.DrawnIds).All(id => id >= 0 && id < 50));
            }
            catch (InvalidDataException)
            {
            }
        }
    }
}
