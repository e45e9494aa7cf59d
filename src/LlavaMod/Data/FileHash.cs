using System.Security.Cryptography;

namespace LlavaMod.Data;

/// <summary>SHA-256 of whole files.</summary>
internal static class FileHash
{
    /// <summary>The hash of a file in lower-case hex; of a folder, that of its files in order of their names.</summary>
    public static string Sha256(string path) =>
        Sha256(Directory.Exists(path) ? Directory.GetFiles(path).Order(StringComparer.Ordinal) : [path]);

    /// <summary>The hash of what files hold, one behind another, in lower-case hex.</summary>
    public static string Sha256(IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        foreach (string file in files)
        {
            using var stream = File.OpenRead(file);
            for (int count; (count = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
