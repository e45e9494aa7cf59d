using LlavaMod.Data.Images;

namespace LlavaMod.Data.World;

/// <summary>
/// Writes a world as files that any LLaVA trainer reads: images/, train.json, validation.json, held_out.json (captions and questions in
/// conversations), preference.json (about the training images), and facts.jsonl with every object of every image.
/// </summary>
public static class WorldExport
{
    /// <summary>The largest count.</summary>
    public const int MaxCount = 1_000_000;

    // One validation scene and one held_out scene for ten training scenes.
    private const int TrainPerTest = 10;

    /// <summary>
    /// Writes <paramref name="count"/> training scenes and a tenth of that (rounded up) for validation and for held_out. The folder appears
    /// under its name only when it is whole.
    /// </summary>
    /// <param name="directory">The folder to make; it must not exist or be empty.</param>
    /// <param name="count">Training scenes, 1 to <see cref="MaxCount"/>.</param>
    /// <param name="world">The world.</param>
    /// <param name="encode">Makes a PNG file's bytes of a picture.</param>
    /// <param name="cancel">Stops the writing; nothing is left behind.</param>
    /// <exception cref="UserError">The count is out of range, or the folder holds something or cannot be written.</exception>
    public static void Write(string directory, int count, ShapeWorld world, Func<RgbImage, byte[]> encode, CancellationToken cancel = default)
    {
        if (count is < 1 or > MaxCount)
            throw new UserError($"a world on disk has 1 to {MaxCount} training scenes, not {count}");
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new UserError($"{directory} exists and is not an empty folder: name another, or empty it");

        var partial = $"{target}.{Path.GetRandomFileName()}.partial";
        try
        {
            WriteAll(partial, count, world, encode, cancel);
            if (Directory.Exists(target))
                Directory.Delete(target); // only an empty one goes
            Directory.Move(partial, target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"the world cannot be written to {directory}: {error.Message}", error);
        }
        finally
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
        }
    }

    private static void WriteAll(string directory, int count, ShapeWorld world, Func<RgbImage, byte[]> encode, CancellationToken cancel)
    {
        var images = Directory.CreateDirectory(Path.Combine(directory, "images")).FullName;
        using var facts = new StreamWriter(Path.Combine(directory, "facts.jsonl"));
        foreach (var split in Enum.GetValues<WorldSplit>())
        {
            var scenes = split == WorldSplit.Train ? count : (count + TrainPerTest - 1) / TrainPerTest;
            for (var i = 0; i < scenes; i++)
            {
                cancel.ThrowIfCancellationRequested();
                var scene = world.Scene(split, i);
                File.WriteAllBytes(Path.Combine(images, scene.ImageName), encode(world.Render(scene)));
                facts.Write(WorldJson.Facts(scene) + "\n");
            }

            WorldJson.WriteSamples(Path.Combine(directory, split.Word() + ".json"), new WorldDataset(world, split, WorldContent.Mixed, scenes));
        }

        WorldJson.WritePairs(Path.Combine(directory, "preference.json"), new WorldPreferences(world, WorldSplit.Train, count));
    }
}
