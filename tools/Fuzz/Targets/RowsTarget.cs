using System.Text;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Rows of a data file with pictures in a folder: every row is read, and every picture that it names.</summary>
public abstract class RowsTarget<T> : FuzzTarget
{
    private protected const string Images = "images";

    // A tiny file that a picture's name may lead to.
    private protected static readonly SpecimenFile Picture = new($"{Images}/a.png", PngEncoder.Encode(new RgbImage(2, 2, new byte[12])));

    // A row of two bytes may be broken, and is told apart each time it is asked for.
    /// <inheritdoc/>
    public override long AllocatedPerByte => 4000;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        foreach (var onError in Enum.GetValues<OnError>())
        {
            using var dataset = (IDataset<T>)Format(sandbox[sandbox.First], sandbox[Images], onError).Open(ImageSource.Open);
            for (var i = 0; i < dataset.Count; i++)
                ReadRow(dataset, i);
        }
    }

    private void ReadRow(IDataset<T> dataset, int index)
    {
        try
        {
            foreach (var name in NamesOf(dataset[index]))
                dataset.Images.Read(name);
        }
        catch (BrokenRowException)
        {
            // counted and left out, as asked
        }
    }

    private protected abstract IDatasetFormat Format(string path, string images, OnError onError);

    private protected abstract IEnumerable<string> NamesOf(T sample);

    /// <summary>Rows as JSON Lines and as one JSON array.</summary>
    private protected static IEnumerable<Specimen> Both(params string[] rows)
    {
        yield return new Specimen([new SpecimenFile("rows.jsonl", Bytes(string.Join('\n', rows))), Picture]);
        yield return new Specimen([new SpecimenFile("rows.json", Bytes($"[{string.Join(",\n", rows)}]")), Picture]);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
