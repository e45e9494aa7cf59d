using LlavaMod.Runs;

namespace LlavaMod.Teachers;

/// <summary>A teacher cache's manifest.json: written when its making begins, and again at its end.</summary>
/// <param name="Version">The version of the format.</param>
/// <param name="Complete">Whether the making has ended.</param>
/// <param name="Model">The teacher's folder, for people.</param>
/// <param name="Settings">What it is of, and how it was made.</param>
/// <param name="Samples">Samples that it holds.</param>
/// <param name="Tokens">Positions that it holds.</param>
/// <param name="Bytes">Bytes of shards and index.</param>
/// <param name="BytesPerToken">The same for each position.</param>
public sealed record CacheManifest(
    int Version, bool Complete, string Model, CacheSettings Settings, long Samples, long Tokens, long Bytes, double BytesPerToken)
{
    /// <summary>The version of the format that is written, and the only one that is read.</summary>
    public const int Current = 1;

    /// <summary>The file's name.</summary>
    public const string FileName = "manifest.json";

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal void Write(string folder) => RunJson.Write(Path.Combine(folder, FileName), this);

    /// <summary>Reads it.</summary>
    /// <param name="folder">The cache's folder.</param>
    /// <exception cref="UserError">There is none, or it is not a manifest of this version.</exception>
    public static CacheManifest Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new UserError($"{path}: no such file: there is no teacher cache in {folder}; llavamod cache TEACHER --data FILE --out {folder} makes one");
        var manifest = RunJson.Read<CacheManifest>(path);
        return manifest.Version == Current
            ? manifest
            : throw new UserError($"{path}: a teacher cache of version {manifest.Version}, and this program reads version {Current}; make it again in another folder");
    }
}
