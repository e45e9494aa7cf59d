using System.Security.Cryptography;

namespace LlavaMod.Torch.Serialization;

/// <summary>Hashes of tensor contents.</summary>
public static unsafe class TensorHash
{
    private const int Piece = 64 << 20;

    /// <summary>SHA-256 of the elements' bytes in row-major order, whatever the tensor's device and layout.</summary>
    public static byte[] Sha256(Tensor tensor)
    {
        using var scope = new TensorScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (data, length) = tensor.Detach().To(Device.Cpu).Contiguous().Memory;
        for (long done = 0; done < length; done += Piece)
        {
            hash.AppendData(new ReadOnlySpan<byte>((byte*)data + done, (int)Math.Min(Piece, length - done)));
        }
        return hash.GetHashAndReset();
    }
}
