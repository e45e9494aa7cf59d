using System.Formats.Tar;
using System.Text;
using LlavaMod.Data;
using LlavaMod.Data.Formats;

namespace LlavaMod.Fuzz.Targets;

/// <summary>A shard of pictures with captions and conversations.</summary>
[FuzzTarget("webdataset", Summary = "WebDataset .tar shards")]
public sealed class WebDatasetTarget : RowsTarget<Sample>
{
    private protected override IDatasetFormat Format(string path, string images, OnError onError) =>
        new WebDatasetFormat(new WebDatasetFormat.Options { Path = path, OnError = onError, MaxErrorShare = 1 });

    private protected override IEnumerable<string> NamesOf(Sample sample) => sample.Images;

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        var picture = Encoding.Latin1.GetString(Picture.Bytes);
        yield return new Specimen("captions.tar", TarImagesTarget.Write(TarEntryFormat.Ustar,
            ("1.png", picture), ("1.txt", "A square."), ("2.txt", "Another."), ("2.png", picture), ("2.json", """{"width": 2}""")));
        yield return new Specimen("conversations.tar", TarImagesTarget.Write(TarEntryFormat.Pax,
            ("a/1.png", picture), ("a/1.json", """{"conversations": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A square."}]}"""),
            ("a/2.json", """{"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi \u00e9"}]}""")));
    }
}
