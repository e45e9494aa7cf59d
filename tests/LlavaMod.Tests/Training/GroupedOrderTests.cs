using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

public sealed class GroupedOrderTests
{
    private const int BatchSize = 8;
    private const int TokensPerImage = 4;

    // A third has images; lengths are from 1 to 200 words.
    private sealed class Sizes(int count) : ITrainingData
    {
        public int Count => count;

        public TrainingSample Load(long pass, int index) => throw new NotSupportedException();

        public SampleSize SizeOf(long pass, int index) => new(index * 37 % 200 + 1, index % 3 == 0 ? 1 : 0);
    }

    private static List<int[]> Batches(int count, int passes)
    {
        var order = new GroupedOrder(new Sizes(count), BatchSize, TokensPerImage, "7");
        return [.. Enumerable.Range(0, passes * count).Select(position => order.At(position).Index).Chunk(BatchSize)];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(103)]
    [InlineData(1000)]
    public void Every_sample_comes_once_a_pass(int count)
    {
        var order = new GroupedOrder(new Sizes(count), BatchSize, TokensPerImage, "7");
        for (int pass = 0; pass < 20; pass++)
        {
            var places = Enumerable.Range(0, count).Select(place => order.At((long)pass * count + place)).ToList();
            places.ShouldAllBe(place => place.Pass == pass);
            places.Select(place => place.Index).Order().ShouldBe(Enumerable.Range(0, count));
        }
    }

    [Theory]
    [InlineData(103)]
    [InlineData(1000)]
    public void Samples_with_images_and_without_stand_in_different_batches_but_for_what_is_left_over(int count)
    {
        const int Passes = 20;
        var mixed = Batches(count, Passes).Count(batch => batch.Select(index => index % 3 == 0).Distinct().Count() > 1);
        mixed.ShouldBeLessThanOrEqualTo(3 * Passes);
    }

    [Fact]
    public void Samples_of_a_batch_are_of_similar_length()
    {
        var random = new Random(7);
        var all = Enumerable.Range(0, 1000).ToArray();
        random.Shuffle(all);
        double grouped = Batches(1000, 1).Average(Padded), shuffled = all.Chunk(BatchSize).Average(Padded);
        grouped.ShouldBeLessThan(shuffled / 4);

        // The part of a padded batch that is padding.
        static double Padded(int[] batch)
        {
            int[] lengths = [.. batch.Select(index => index * 37 % 200 + 1 + (index % 3 == 0 ? TokensPerImage : 0))];
            return 1 - (double)lengths.Sum() / (lengths.Max() * lengths.Length);
        }
    }

    [Fact]
    public void Batches_come_in_no_order_of_length_and_another_one_each_pass()
    {
        var first = Batches(1000, 1).Select(batch => batch.Max()).ToList();
        first.ShouldNotBe(Batches(1000, 2).Skip(125).Select(batch => batch.Max()));
        Batches(1000, 1).SelectMany(batch => batch).ShouldBe(Batches(1000, 1).SelectMany(batch => batch));
    }

    [Fact]
    public void Any_position_can_be_asked_for_in_any_order()
    {
        var order = new GroupedOrder(new Sizes(103), BatchSize, TokensPerImage, "7");
        var forwards = Enumerable.Range(0, 400).Select(position => order.At(position)).ToList();
        foreach (int position in (int[])[399, 0, 250, 102, 103]) order.At(position).ShouldBe(forwards[position]);
    }
}
