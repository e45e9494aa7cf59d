using LlavaMod.Models;
using LlavaMod.Models.Vision;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

[Collection(OneAtATime.Name)]
public sealed class FeatureStoreTests : IDisposable
{
    // Many thin layers: few weights, as many operations a byte as a tower in use, and no product that several threads would share.
    private static readonly VisionConfig Config = new()
    {
        HiddenSize = 32, IntermediateSize = 192, NumHiddenLayers = 61, NumAttentionHeads = 2, ImageSize = 14, PatchSize = 7,
    };

    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();
    private readonly List<VisionTower> towers = [];

    public void Dispose()
    {
        foreach (var tower in towers) tower.Store.Dispose();
        folder.Dispose();
        scope.Dispose();
    }

    private VisionTower Tower(int seed = 1, DType dtype = DType.Float32)
    {
        var tower = VisionTower.Build(Config, new RandomParameters((ulong)seed), dtype, Device.Cpu);
        towers.Add(tower);
        return tower;
    }

    private FeatureStore Store(long most = 1 << 20) => new(folder["features"], most);

    private string[] Files() => Directory.Exists(folder["features"]) ? Directory.GetFiles(folder["features"], "*", SearchOption.AllDirectories) : [];

    private static PreparedImage[] Images(int count)
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, count).Select(i => new PreparedImage($"{i}", [.. Enumerable.Range(0, 3 * 14 * 14).Select(_ => random.NextSingle())]))];
    }

    private static float[] Of(VisionTower tower, PreparedImage[] images, FeatureStore? store, bool keeps = true)
    {
        using var vision = new VisionFeatures(budgetBytes: 0, store) { Keeps = keeps };
        return vision.Of(tower, images, trained: false)!.ToArray<float>();
    }

    [Theory, InlineData(DType.Float32), InlineData(DType.BFloat16)]
    public void Features_that_were_stored_come_back_bit_for_bit(DType dtype)
    {
        var (tower, images) = (Tower(dtype: dtype), Images(3));
        var plain = Of(tower, images, null);
        var (first, second) = (Store(), Store());
        Of(tower, images, first).ShouldBe(plain);
        Of(Tower(dtype: dtype), [.. images.Reverse()], second).Chunk(plain.Length / 3).Reverse().SelectMany(row => row).ShouldBe(plain);
        (first.Written, first.Found).ShouldBe((3, 0));
        (second.Written, second.Found, second.Refused).ShouldBe((0, 3, 0));
    }

    [Fact]
    public void What_a_picture_is_called_does_not_matter()
    {
        var (tower, image) = (Tower(), Images(1)[0]);
        Of(tower, [image], Store());
        var store = Store();
        Of(tower, [image with { Key = "another name" }], store);
        store.Found.ShouldBe(1);
    }

    [Fact]
    public void Another_tower_finds_nothing()
    {
        var images = Images(2);
        Of(Tower(1), images, Store());
        var store = Store();
        var other = Tower(2);
        Of(other, images, store).ShouldBe(Of(other, images, null));
        (store.Written, store.Found, store.Refused).ShouldBe((2, 0, 0));
    }

    [Theory, InlineData("a bit"), InlineData("cut"), InlineData("empty"), InlineData("long"), InlineData("another picture's"), InlineData("another file")]
    public void A_damaged_or_foreign_file_is_counted_and_computed_again(string damage)
    {
        var (tower, images) = (Tower(), Images(2));
        Of(tower, images, Store());
        string[] files = Files();
        byte[] bytes = File.ReadAllBytes(files[0]);
        if (damage == "a bit") bytes[^3] ^= 1;
        if (damage == "cut") bytes = bytes[..^8];
        if (damage == "empty") bytes = [];
        if (damage == "long") bytes = new byte[1 << 16];
        if (damage == "another picture's") bytes = File.ReadAllBytes(files[1]);
        if (damage == "another file") bytes = [.. Enumerable.Repeat((byte)'x', 300)];
        File.WriteAllBytes(files[0], bytes);
        var (store, after) = (Store(), Store());
        Of(tower, images, store).ShouldBe(Of(tower, images, null));
        (store.Written, store.Found, store.Refused).ShouldBe((1, 1, 1));
        Of(tower, images, after);
        (after.Found, after.Refused).ShouldBe((2, 0));
    }

    [Fact]
    public void The_store_stays_within_its_limit()
    {
        var (tower, images) = (Tower(), Images(9));
        var plain = Of(tower, images, null);
        var store = Store(most: 8000);
        Of(tower, images, store).ShouldBe(plain);
        store.Written.ShouldBeInRange(1, 8);
        Files().Sum(path => new FileInfo(path).Length).ShouldBeLessThanOrEqualTo(8000);
        var next = Store(most: 8000);
        Of(tower, images, next).ShouldBe(plain);
        (next.Found + next.Written).ShouldBeInRange(store.Written, 8);
        Files().Sum(path => new FileInfo(path).Length).ShouldBeLessThanOrEqualTo(8000);
    }

    [Fact]
    public void Pictures_that_do_not_come_again_are_read_and_not_written()
    {
        var (tower, images) = (Tower(), Images(2));
        Of(tower, images[..1], Store());
        var store = Store();
        Of(tower, images, store, keeps: false);
        (store.Written, store.Found).ShouldBe((0, 1));
    }

    [Fact]
    public void A_tower_that_is_trained_leaves_nothing()
    {
        using var vision = new VisionFeatures(store: Store());
        vision.Of(Tower(), Images(2), trained: true);
        Files().ShouldBeEmpty();
    }

    [Fact]
    public void A_tower_that_computes_as_fast_as_a_disk_reads_is_not_stored()
    {
        var toy = new VisionConfig { HiddenSize = 128, IntermediateSize = 512, NumHiddenLayers = 2, NumAttentionHeads = 4, ImageSize = 60, PatchSize = 20 };
        var large = new VisionConfig { HiddenSize = 1024, IntermediateSize = 4096, NumHiddenLayers = 24, NumAttentionHeads = 16, ImageSize = 336, PatchSize = 14 };
        FeatureStore.IsWorth(toy, DType.Float32).ShouldBeFalse();
        FeatureStore.IsWorth(large, DType.Float32).ShouldBeTrue();
        FeatureStore.IsWorth(large with { NumHiddenLayers = 7 }, DType.Float32).ShouldBeTrue();
    }

    [Fact]
    public void A_folder_that_cannot_be_written_ends_the_writing_and_nothing_else()
    {
        File.WriteAllText(folder["features"], "a file");
        var (tower, images) = (Tower(), Images(2));
        var store = Store();
        Of(tower, images, store).ShouldBe(Of(tower, images, null));
        store.Written.ShouldBe(0);
        store.Failure.ShouldNotBeNull();
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_and_no_file_of_a_living_one()
    {
        Directory.CreateDirectory(folder["features/x"]);
        File.WriteAllText(folder["features/x/old.1.tmp"], "");
        File.SetLastWriteTimeUtc(folder["features/x/old.1.tmp"], DateTime.UtcNow.AddDays(-1));
        File.WriteAllText(folder["features/x/new.2.tmp"], "");
        Of(Tower(), Images(1), Store());
        Files().Where(path => path.EndsWith(".tmp", StringComparison.Ordinal)).ShouldBe([folder["features/x/new.2.tmp"]]);
    }

    [Fact]
    public void A_file_is_a_safetensors_file_with_its_origin()
    {
        Of(Tower(), Images(1), Store());
        using var file = SafetensorsFile.Open(Files().ShouldHaveSingleItem());
        file.Tensors["features"].Shape.ShouldBe([4, 32]);
        file.Header.Metadata.Keys.Order().ShouldBe(["picture", "sha256", "tower"]);
    }
}
