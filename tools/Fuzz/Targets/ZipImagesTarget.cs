using System.IO.Compression;
using LlavaMod.Data.Images;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Pictures in a .zip: stored, packed, in folders.</summary>
[FuzzTarget("zip", Summary = ".zip of pictures")]
public sealed class ZipImagesTarget : FuzzTarget
{
    private const string File = "images.zip";

    private static readonly string[] Names = ["a.png", "folder/b.png", "packed.bin", "../a.png", "folder/../a.png"];

    // Deflate packs a thousand to one.
    /// <inheritdoc/>
    public override long AllocatedPerByte => 2100;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        using var images = ImageSource.Open(sandbox[File]);
        var errors = new List<UserError>();
        foreach (var name in Names.Where(images.Contains))
        {
            try
            {
                images.Read(name);
            }
            catch (UserError e)
            {
                errors.Add(e); // the others may be read
            }
        }
        if (errors.Count > 0)
            throw errors[0];
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        foreach (var level in (CompressionLevel[])[CompressionLevel.NoCompression, CompressionLevel.Fastest])
        {
            var file = new MemoryStream();
            using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
                foreach (var name in Names[..3])
                {
                    var entry = zip.CreateEntry(name, level);
                    entry.LastWriteTime = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
                    using var stream = entry.Open();
                    stream.Write(name == "packed.bin" ? new byte[4000] : [.. Enumerable.Range(0, 60).Select(i => (byte)(i * i))]);
                }
            yield return new Specimen(File, file.ToArray());
        }
    }
}
