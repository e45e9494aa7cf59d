using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Performance.Steps;
using LlavaMod.Training;

namespace LlavaMod.Performance.Feeding;

/// <summary>
/// Rows of a picture and words, as many as a geometry's longest row has, from a folder of PNG files of 640 x 480 with noise in them: one takes longer to decode
/// than the JPEG files of that size that LLaVA's data has.
/// </summary>
internal sealed class PictureRows : ITrainingData, IDisposable
{
    private const int Files = 24, Width = 640, Height = 480, Shades = 32;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("pictures");
    private readonly FolderImages images;
    private readonly ImagePreparer preparer;
    private readonly Geometry geometry;

    public PictureRows(Geometry geometry)
    {
        this.geometry = geometry;
        preparer = new ImagePreparer(new ImagePreprocessor { Size = geometry.Vision.ImageSize, PadToSquare = true });
        var random = new Random(1);
        for (int i = 0; i < Files; i++) File.WriteAllBytes(Path.Combine(folder.FullName, $"{i}.png"), PngEncoder.Encode(Picture(random)));
        images = new FolderImages(folder.FullName);
    }

    public int Count => 100_000;

    public TrainingSample Load(long pass, int index)
    {
        int words = geometry.Prompt + geometry.Response;
        int[] ids = [Splicer.ImageId, .. Enumerable.Range(1, words)];
        int[] labels = [.. ids.Select((id, place) => place > geometry.Prompt ? id : Splicer.Ignored)];
        return new TrainingSample(new EncodedSample($"{index}", ids, labels), null, [preparer.Prepare("pictures", images, $"{index % Files}.png")]);
    }

    public SampleSize SizeOf(long pass, int index) => throw new NotSupportedException("rows are not grouped by length here");

    // A gradient with noise.
    private static RgbImage Picture(Random random)
    {
        byte[] pixels = new byte[3 * Width * Height];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i / 3 % Width * (256 - Shades) / Width + random.Next(Shades));
        return new RgbImage(Width, Height, pixels);
    }

    public void Dispose()
    {
        images.Dispose();
        folder.Delete(recursive: true);
    }
}
