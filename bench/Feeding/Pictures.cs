using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Training;

namespace LlavaMod.Bench.Feeding;

/// <summary>Rows of a picture and 96 words, a third of them an answer: the pictures of a folder again and again, as files decoded for a 336-pixel tower.</summary>
internal sealed class Pictures(string folder, int count) : ITrainingData, IDisposable
{
    private const int Words = 96, Answer = 32;

    private readonly FolderImages images = new(folder);
    private readonly string[] names = [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order()];
    private readonly ImagePreparer preparer = new(new ImagePreprocessor { Size = 336, PadToSquare = true });

    public int Count => count;

    public int Files => names.Length;

    public TrainingSample Load(long pass, int index)
    {
        int[] ids = [Splicer.ImageId, .. Enumerable.Range(1, Words)];
        int[] labels = [.. ids.Select((id, place) => place > Words - Answer ? id : Splicer.Ignored)];
        return new TrainingSample(new EncodedSample($"{index}", ids, labels), null, [preparer.Prepare("pictures", images, names[index % names.Length])]);
    }

    public SampleSize SizeOf(long pass, int index) => throw new NotSupportedException("rows are not grouped by length here");

    public void Dispose() => images.Dispose();
}
