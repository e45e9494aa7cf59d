using LlavaMod.Data;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Golden;

/// <summary>The rows of a golden batch without their padding, and the images that they show.</summary>
internal sealed record GoldenBatch(IReadOnlyList<EncodedSample> Samples, IReadOnlyList<PreparedImage> Images)
{
    /// <summary>Reads <c>input_ids</c>, and <c>attention_mask</c> and <c>labels</c> where they are stored, under a prefix.</summary>
    /// <param name="golden">The case.</param>
    /// <param name="prefix">What their names start with.</param>
    /// <param name="images">The name of the rows' pixels [images, 3, S, S], or null for text alone.</param>
    public static GoldenBatch Read(GoldenTensors golden, string prefix, string? images)
    {
        using var scope = new TensorScope();
        var ids = golden[$"{prefix}input_ids"];
        int length = (int)ids.Size(1);
        var tokens = Rows(ids);
        var labels = golden.Find($"{prefix}labels") is { } stored ? Rows(stored) : tokens;
        var real = golden.Find($"{prefix}attention_mask")?.ToArray<bool>();
        var samples = tokens.Select((row, i) => new EncodedSample($"{prefix}{i}", Real(row, i), Real(labels[i], i))).ToList();
        return new GoldenBatch(samples, images is null ? [] : ReadImages(golden[images], images, samples));

        int[] Real(int[] row, int i) => [.. row.Where((_, place) => real?[i * length + place] ?? true)];
    }

    private static int[][] Rows(Tensor tensor) => [.. tensor.ToArray<int>().Chunk((int)tensor.Size(1))];

    // LLaVA takes an image from the list for a row without a placeholder too, and uses nothing of it.
    private static List<PreparedImage> ReadImages(Tensor pixels, string name, List<EncodedSample> samples)
    {
        var images = new List<PreparedImage>();
        int next = 0;
        foreach (var sample in samples)
        {
            for (int i = 0; i < sample.Images; i++, next++) images.Add(new PreparedImage($"{name}/{next}", pixels.Select(0, next).ToArray<float>()));
            if (sample.Images == 0) next++;
        }
        ((long)next).ShouldBe(pixels.Size(0), $"images of {name} that the rows consume");
        return images;
    }

    /// <summary>The images of one row.</summary>
    public IReadOnlyList<PreparedImage> ImagesOf(int row) =>
        [.. Images.Skip(Samples.Take(row).Sum(sample => sample.Images)).Take(Samples[row].Images)];
}
