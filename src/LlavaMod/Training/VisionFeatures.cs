using LlavaMod.Models.Vision;
using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>
/// Tower features of a micro-batch's images. A frozen tower sees every image once: its features are kept, up to a budget of memory and then in a
/// store on disk where there is one, and serve all models and stages that share the tower; those of images that do not come up again go with the
/// step. A tower that is being trained runs every time, with gradients, and leaves nothing behind.
/// </summary>
/// <param name="budgetBytes">What features may take in memory.</param>
/// <param name="store">Where they are kept on disk, if anywhere.</param>
public sealed class VisionFeatures(long budgetBytes = VisionFeatures.Budget, FeatureStore? store = null) : IDisposable
{
    /// <summary>What features may take in memory where nothing else is said.</summary>
    public const long Budget = 1L << 30;

    private readonly Dictionary<(VisionTower Tower, string Key), Tensor> kept = [];
    private readonly List<(VisionTower Tower, string Key)> passing = []; // of them, those that go with the step
    private long bytes;

    /// <summary>Whether images come up again, so that features are worth keeping beyond a step and writing to the store. It is read in any case.</summary>
    public bool Keeps { get; set; } = true;

    /// <summary>Features [images, patches, D], or null without images.</summary>
    /// <param name="tower">The tower.</param>
    /// <param name="images">The images, in order.</param>
    /// <param name="trained">Whether the tower is being trained.</param>
    public Tensor? Of(VisionTower? tower, IReadOnlyList<PreparedImage> images, bool trained)
    {
        if (images.Count == 0) return null;
        if (tower is null) throw new InvalidOperationException("the batch has images and the model has no vision tower");
        if (trained) return tower.Features(Pixels(tower, images));

        lock (kept) return Frozen(tower, images); // micro-batches may run side by side
    }

    private Tensor Frozen(VisionTower tower, IReadOnlyList<PreparedImage> images)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var disk = store is not null && FeatureStore.IsWorth(tower.Config, tower.Store.DType) ? store : null;
        var fresh = new Dictionary<string, Tensor>();
        var missing = new List<PreparedImage>();
        foreach (var image in images.Where(image => !kept.ContainsKey((tower, image.Key))).DistinctBy(image => image.Key))
        {
            if (disk?.Find(tower, image) is { } stored) fresh[image.Key] = Keep(tower, image.Key, stored);
            else missing.Add(image);
        }
        // One by one on the CPU: a matrix product rounds a row differently in other company, and which images are still missing depends on
        // where a run was stopped and resumed.
        foreach (var group in missing.Chunk(tower.Store.Device.IsCpu ? 1 : Math.Max(1, missing.Count)))
        {
            var computed = tower.Features(Pixels(tower, group));
            for (int i = 0; i < group.Length; i++)
            {
                var features = fresh[group[i].Key] = Keep(tower, group[i].Key, computed.Select(0, i));
                if (Keeps) disk?.Add(tower, group[i], features);
            }
        }
        var rows = images.Select(image => fresh.GetValueOrDefault(image.Key) ?? kept[(tower, image.Key)]).ToArray();
        return scope.Return(Shaping.Stack(rows));
    }

    private Tensor Keep(VisionTower tower, string key, Tensor features)
    {
        long size = features.Elements * features.DType.Size();
        if (bytes + size > budgetBytes) return features;
        bytes += size;
        if (!Keeps) passing.Add((tower, key));
        return kept[(tower, key)] = features.Clone().Unscope();
    }

    private static Tensor Pixels(VisionTower tower, IReadOnlyList<PreparedImage> images)
    {
        long side = tower.Config.ImageSize;
        var pixels = Create.EmptyFor([images.Count, 3, side, side], tower.Store.Device);
        var target = pixels.Span<float>();
        int size = (int)(3 * side * side);
        for (int i = 0; i < images.Count; i++)
        {
            if (images[i].Pixels.Length != size)
                throw new InvalidOperationException($"image {images[i].Key} was prepared as {images[i].Pixels.Length} values; the tower looks at 3 x {side} x {side}");
            images[i].Pixels.CopyTo(target.Slice(i * size, size));
        }
        return pixels.ToAhead(tower.Store.Device);
    }

    /// <summary>Lets go of images that do not come up again.</summary>
    public void EndStep()
    {
        foreach (var entry in passing)
        {
            kept.Remove(entry, out var features);
            bytes -= features!.Elements * features.DType.Size();
            features.Dispose();
        }
        passing.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var features in kept.Values) features.Dispose();
        kept.Clear();
    }
}
