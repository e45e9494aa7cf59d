using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using LlavaMod.Models.Vision;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Training;

/// <summary>
/// Features of frozen towers in a folder, a .safetensors file for each picture, exactly as they were computed. A file is found by what it was
/// computed from: its folder's name is the hash of the tower, its own the hash of the picture's values as the tower takes them. It also holds both, and
/// a checksum: a damaged file, or one of something else, is counted, removed and computed again. Files appear whole or not at all, so that
/// processes may share a folder.
/// </summary>
/// <param name="folder">The folder; it is made when the first file is written.</param>
/// <param name="mostBytes">What all files may take. Further pictures are not kept.</param>
public sealed class FeatureStore(string folder, long mostBytes)
{
    private const string Features = "features";
    private const int MostHeader = 4096;

    // A gigabyte on disk has to save minutes: at 50 billion operations a second, five. CLIP's large tower takes 140,000 operations a byte.
    private const double FewestOperations = 15_000;

    private readonly Dictionary<VisionTower, string> towers = [];
    private long? bytes;

    /// <summary>Features read back so far.</summary>
    public int Found { get; private set; }

    /// <summary>Features written so far.</summary>
    public int Written { get; private set; }

    /// <summary>Files that were damaged or of something else, and have been removed.</summary>
    public int Refused { get; private set; }

    /// <summary>Why nothing more is written: the disk is full, or cannot be written. Null while all is well.</summary>
    public string? Failure { get; private set; }

    /// <summary>
    /// Whether a tower's features are worth a disk: where computing a byte of them takes 15,000 operations or more. Every tower in use does; one
    /// of two thin layers computes its features again about as fast as a disk gives them back.
    /// </summary>
    public static bool IsWorth(VisionConfig tower, DType dtype) =>
        4.0 * tower.LayersUsed * (2 * tower.HiddenSize + tower.IntermediateSize) / dtype.Size() >= FewestOperations;

    /// <summary>The features of one image [tokens, D], owned by the current scope; null where the store does not have them.</summary>
    public Tensor? Find(VisionTower tower, PreparedImage image)
    {
        string picture = HashOf(image), path = PathOf(tower, picture);
        if (!File.Exists(path)) return null;
        try
        {
            var features = Read(path, tower, picture);
            Found++;
            return features;
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            Refused++;
            bytes -= Remove(path);
            return null;
        }
    }

    private Tensor Read(string path, VisionTower tower, string picture)
    {
        using var scope = new TensorScope();
        var config = tower.Config;
        if (new FileInfo(path).Length > config.Tokens * config.HiddenSize * sizeof(double) + MostHeader) throw new InvalidDataException("too long");
        using var file = SafetensorsFile.Open(path);
        if (!file.Tensors.TryGetValue(Features, out var stored) || !stored.Shape.AsSpan().SequenceEqual([config.Tokens, config.HiddenSize]) || !stored.DType.IsFloat())
            throw new InvalidDataException("not a tower's features");
        var features = file.Read(Features, stored.DType, Device.Cpu);
        var expected = Metadata(tower, picture, features);
        if (expected.Any(entry => file.Header.Metadata.GetValueOrDefault(entry.Key) != entry.Value)) throw new InvalidDataException("of something else, or damaged");
        return scope.Return(features.To(tower.Store.Device));
    }

    /// <summary>Keeps the features of one image [tokens, D], where there is room.</summary>
    public void Add(VisionTower tower, PreparedImage image, Tensor features)
    {
        long size = features.Elements * features.DType.Size() + MostHeader / 4;
        bytes ??= Measure();
        if (Failure is not null || bytes + size > mostBytes) return;
        string picture = HashOf(image), path = PathOf(tower, picture);
        using var scope = new TensorScope();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            SafetensorsWriter.Write(path, [KeyValuePair.Create(Features, features)], Metadata(tower, picture, features));
            bytes += size;
            Written++;
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException)
        {
            Failure = full.Message;
        }
    }

    // What makes a file the right one.
    private Dictionary<string, string> Metadata(VisionTower tower, string picture, Tensor features) => new()
    {
        ["tower"] = HashOf(tower),
        ["picture"] = picture,
        ["sha256"] = Convert.ToHexStringLower(TensorHash.Sha256(features)),
    };

    private string PathOf(VisionTower tower, string picture) => Path.Combine(folder, HashOf(tower), $"{picture}.safetensors");

    private static string HashOf(PreparedImage image) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(image.Pixels.AsSpan())));

    // Weights and settings, and what else decides how features round: the libtorch and the kind of device.
    private string HashOf(VisionTower tower)
    {
        if (towers.TryGetValue(tower, out string? known)) return known;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{tower.Config}\n{TorchRuntime.Version}\n{tower.Store.Device.IsCpu}\n"));
        foreach (var parameter in tower.Store.Parameters)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{parameter.Name} {parameter.Value.DType}\n"));
            hash.AppendData(TensorHash.Sha256(parameter.Value));
        }
        return towers[tower] = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // What earlier processes have left, without what one was writing when it was killed.
    private long Measure()
    {
        if (!Directory.Exists(folder)) return 0;
        long sum = 0;
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (path.EndsWith(".tmp", StringComparison.Ordinal) && File.GetLastWriteTimeUtc(path) < DateTime.UtcNow.AddHours(-1)) Remove(path);
            else if (new FileInfo(path) is { Exists: true } file) sum += file.Length;
        }
        return sum;
    }

    // Another process may have been faster.
    private static long Remove(string path)
    {
        try
        {
            long length = new FileInfo(path) is { Exists: true } file ? file.Length : 0;
            File.Delete(path);
            return length;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
