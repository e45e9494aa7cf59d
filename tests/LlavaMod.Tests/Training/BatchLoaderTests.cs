using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Tests.Models;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

public sealed class BatchLoaderTests
{
    private sealed class Numbers(int count, Func<int, TrainingSample> load) : ITrainingData
    {
        public int Count => count;

        public TrainingSample Load(long pass, int index) => load(index);

        public SampleSize SizeOf(long pass, int index) => throw new NotSupportedException();
    }

    private static BatchPlan Plan(int maxLength = 100) =>
        new() { BatchSize = 4, MicroBatchSize = 3, MaxLength = maxLength, TokensPerImage = TinyModels.Patches, Seed = "7" };

    private static BatchLoader Loader(
        long position = 0, int maxLength = 100, Func<int, TrainingSample>? load = null, int count = 10, int cores = 2) =>
        new(new Numbers(count, load ?? TinySamples.Supervised), Plan(maxLength), position, cores);

    private static string[] Ids(LoadedBatch batch) => [.. batch.MicroBatches.SelectMany(micro => micro.SampleIds)];

    [Fact]
    public void A_batch_is_cut_into_micro_batches_the_last_of_which_may_be_smaller()
    {
        using var loader = Loader();
        var batch = loader.Next();
        batch.MicroBatches.Select(micro => micro.SampleIds.Count).ShouldBe([3, 1]);
        batch.MicroBatches.ShouldAllBe(micro => micro.Images.Count * TinyModels.Patches == micro.Sequences.ImagePositions.Length);
        batch.Position.ShouldBe(4);
    }

    [Fact]
    public void Every_sample_comes_once_a_pass_in_a_new_order()
    {
        using var loader = Loader();
        string[] ids = [.. Enumerable.Range(0, 5).SelectMany(_ => Ids(loader.Next()))]; // 20 of 10 samples
        ids[..10].ShouldBe(ids[10..], ignoreOrder: true);
        ids[..10].Distinct().Count().ShouldBe(10);
        ids[..10].ShouldNotBe(ids[10..]);
    }

    [Fact]
    public void Loading_goes_on_where_a_batch_left_off()
    {
        using var through = Loader();
        var position = through.Next().Position;
        using var resumed = Loader(position);
        for (int i = 0; i < 4; i++) Ids(resumed.Next()).ShouldBe(Ids(through.Next()));
    }

    [Fact]
    public void Pairs_come_with_both_answers()
    {
        using var loader = Loader(load: TinySamples.Pair);
        loader.Next().MicroBatches.ShouldAllBe(micro => micro.Rejected!.Rows == micro.SampleIds.Count);
    }

    [Fact]
    public void Samples_that_do_not_fit_are_left_out_with_their_reason()
    {
        // An image ends at token 1 + 4.
        TrainingSample Load(int index) => index % 2 == 0
            ? new TrainingSample(new EncodedSample($"image-{index}", [1, Splicer.ImageId, 2], [-100, -100, 2]), null, [new PreparedImage("x", new float[48])])
            : new TrainingSample(new EncodedSample($"text-{index}", [1, 2, 3], [-100, -100, 3]), null, []);

        using var loader = Loader(maxLength: 4, load: Load);
        var batch = loader.Next();
        Ids(batch).ShouldAllBe(id => id.StartsWith("text"));
        batch.Skipped.ShouldNotBeEmpty();
        batch.Skipped.ShouldAllBe(skipped => skipped.Id.StartsWith("image") && skipped.Reason == "its images end at token 5, max_length is 4");
        batch.Position.ShouldBe(4 + batch.Skipped.Count);
    }

    [Fact]
    public void Broken_rows_are_left_out_and_counted_by_id()
    {
        using var loader = Loader(load: index => index % 2 == 0
            ? throw new BrokenRowException(new DataError("data.jsonl", index + 1, index == 0 ? null : $"id-{index}", "no conversations"))
            : TinySamples.Supervised(index));
        var batch = loader.Next();
        Ids(batch).Length.ShouldBe(4);
        batch.Position.ShouldBe(4 + batch.Skipped.Count);
        batch.Skipped.Concat(loader.Next().Skipped).ShouldAllBe(skipped => skipped.Id == "data.jsonl:1" || skipped.Id.StartsWith("id-"));
    }

    [Theory]
    [InlineData(2, "its first answer starts at token 2, max_length is 2")]
    [InlineData(9, "it has no answer to learn")]
    public void Data_of_which_nothing_fits_is_the_users_error(int maxLength, string reason)
    {
        int[] labels = maxLength == 2 ? [-100, -100, 3] : [-100, -100, -100];
        using var loader = Loader(maxLength: maxLength, load: index => new TrainingSample(new EncodedSample($"{index}", [1, 2, 3], labels), null, []));
        Should.Throw<UserError>(() => loader.Next()).Message.ShouldContain(reason);
    }

    [Fact]
    public void What_goes_wrong_while_loading_reaches_whoever_waits()
    {
        using var loader = Loader(load: index => throw new UserError($"sample {index} is broken"));
        Should.Throw<UserError>(() => loader.Next()).Message.ShouldContain("is broken");
    }

    [Fact]
    public void Data_without_samples_is_the_users_error() =>
        Should.Throw<UserError>(() => Loader(count: 0)).Message.ShouldContain("no sample");
}
