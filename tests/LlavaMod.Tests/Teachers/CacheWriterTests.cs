using LlavaMod.Data;
using LlavaMod.Teachers;
using LlavaMod.Tests.Objectives;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Teachers;

/// <summary>Shards, index and manifest on disk.</summary>
[Collection(OneAtATime.Name)]
public sealed class CacheWriterTests : IDisposable
{
    private const int Words = 60;

    private static readonly CacheSettings Settings = new("t", "w", "c", "none", 64, 0, Words, CacheSettings.Response, "sample", 5, 4, 0);

    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void A_sample_is_found_by_what_it_says_and_by_nothing_else()
    {
        Write(Enumerable.Range(0, 9));
        using var cache = TeacherCache.Open(folder.Path);
        for (int i = 0; i < 9; i++) cache.Find(Sample(i)).Positions.Select(target => target.NegativeEntropy).ShouldBe(Distributions(i).Select(position => position.NegativeEntropy));
        Message(() => cache.Find(Sample(9))).ShouldContain("has no sample sample-9 of talk");
        Message(() => cache.Find(Sample(3) with { Chosen = Sample(3).Chosen with { Labels = [.. Sample(3).Chosen.InputIds] } })).ShouldContain("has no sample");
        Message(() => cache.Find(Sample(3) with { Images = [new PreparedImage("a", [0.5f])] })).ShouldContain("has no sample");
    }

    [Fact]
    public void Shards_are_of_bounded_size_and_all_of_them_are_read()
    {
        Write(Enumerable.Range(0, 30), shardBytes: 800);
        Directory.GetFiles(folder.Path, "shard-*.bin").Length.ShouldBeGreaterThan(3);
        using var cache = TeacherCache.Open(folder.Path);
        for (int i = 0; i < 30; i++) cache.Find(Sample(i)).Positions.Length.ShouldBe(Distributions(i).Length);
    }

    [Fact]
    public void Wherever_the_writing_was_stopped_it_goes_on_to_the_same_bytes()
    {
        Write(Enumerable.Range(0, 12), shardBytes: 1500);
        var whole = Files();
        string last = CacheShard.PathOf(folder.Path, CacheShard.NumbersIn(folder.Path)[^1]);
        byte[] bytes = File.ReadAllBytes(last);
        for (int length = 0; length < bytes.Length; length += 97)
        {
            File.WriteAllBytes(last, bytes[..length]);
            Write(Enumerable.Range(0, 12), shardBytes: 1500);
            Files().ShouldBe(whole);
        }
    }

    [Fact]
    public void A_damaged_byte_is_one_clear_error_naming_file_and_mending()
    {
        Write(Enumerable.Range(0, 4));
        foreach (string name in (string[])["shard-00000.bin", "index.bin"])
        {
            byte[] good = File.ReadAllBytes(folder[name]);
            for (int i = 0; i < good.Length; i += 41)
            {
                byte[] bad = (byte[])good.Clone();
                bad[i] ^= 0x10;
                File.WriteAllBytes(folder[name], bad);
                if (name == "shard-00000.bin" && i < CacheShard.Magic.Length) continue; // a stage reads records by the index
                string message = Message(ReadAll);
                message.ShouldContain(folder[name]);
                message.ShouldContain("damaged");
                message.ShouldContain("llavamod cache");
            }
            File.WriteAllBytes(folder[name], good);
        }
        ReadAll();
    }

    [Fact]
    public void A_shard_that_is_damaged_within_is_not_gone_on_from()
    {
        Write(Enumerable.Range(0, 4));
        byte[] bytes = File.ReadAllBytes(folder["shard-00000.bin"]);
        bytes[50] ^= 1;
        File.WriteAllBytes(folder["shard-00000.bin"], bytes);
        Message(() => Write(Enumerable.Range(0, 6))).ShouldContain("damaged: the record at byte 8 has checksum");
        File.Delete(folder["shard-00000.bin"]);
        Write(Enumerable.Range(0, 4));
        ReadAll();
    }

    [Theory]
    [InlineData("shard-00000.bin")]
    [InlineData("index.bin")]
    [InlineData("manifest.json")]
    public void A_missing_file_is_an_error(string name)
    {
        Write(Enumerable.Range(0, 4));
        File.Delete(folder[name]);
        Message(ReadAll).ShouldContain(folder[name]);
    }

    [Fact]
    public void A_cache_whose_making_has_not_ended_is_refused()
    {
        Manifest(complete: false);
        Message(() => TeacherCache.Open(folder.Path).Dispose()).ShouldContain("the cache is not complete");
    }

    private void ReadAll()
    {
        using var cache = TeacherCache.Open(folder.Path);
        for (int i = 0; i < 4; i++) cache.Find(Sample(i));
    }

    private void Write(IEnumerable<int> numbers, long shardBytes = CacheWriter.ShardBytes)
    {
        using var writer = new CacheWriter(folder.Path, shardBytes);
        foreach (int number in numbers)
        {
            var key = CacheKey.Of(Settings.Hash(), Sample(number));
            if (!writer.Contains(key)) writer.Add(key, Distributions(number));
        }
        writer.Finish();
        Manifest(complete: true);
    }

    private void Manifest(bool complete) => new CacheManifest(CacheManifest.Current, complete, "teacher", Settings, 1, 1, 1, 1).Write(folder.Path);

    private Dictionary<string, string> Files() =>
        Directory.GetFiles(folder.Path).ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(File.ReadAllBytes(file)));

    private static TrainingSample Sample(int number) =>
        new(new EncodedSample($"sample-{number}", [1, 2, number], [-100, -100, number]), null, []) { Source = "talk" };

    private static SparseDistribution[] Distributions(int number) =>
        TeacherDraws.Of(TestLogits.Normal((ulong)number, DType.Float32, 1 + number % 5, Words), new CacheSampling(5, 4), number);

    private static string Message(Action action) => Should.Throw<UserError>(action).Message;
}
