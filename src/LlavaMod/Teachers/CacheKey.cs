using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LlavaMod.Training;

namespace LlavaMod.Teachers;

/// <summary>
/// A sample's address in a teacher cache: the first half of the SHA-256 of the cache's settings and of all that the teacher sees of the sample, its token
/// ids, its labels and the values of its prepared pictures.
/// </summary>
internal static class CacheKey
{
    /// <summary>Bytes of a key on disk.</summary>
    public const int Bytes = 16;

    /// <param name="settings">The hash of the cache's settings.</param>
    /// <param name="sample">The sample.</param>
    public static UInt128 Of(ReadOnlySpan<byte> settings, TrainingSample sample)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(settings);
        Append(hash, MemoryMarshal.AsBytes<int>(sample.Chosen.InputIds));
        Append(hash, MemoryMarshal.AsBytes<int>(sample.Chosen.Labels));
        foreach (var image in sample.Images) Append(hash, MemoryMarshal.AsBytes<float>(image.Pixels));
        return BinaryPrimitives.ReadUInt128BigEndian(hash.GetHashAndReset());
    }

    // Each with its length, so that no two samples run together to the same bytes.
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
