using System.Buffers.Binary;

namespace LlavaMod.Data.Images;

/// <summary>Size and number of colour components, from the frame header (SOF) of a JPEG file.</summary>
internal readonly record struct JpegHeader(int Width, int Height, int Components)
{
    /// <exception cref="BrokenImageException">The file ends, or the picture starts, before there is a frame header.</exception>
    public static JpegHeader Read(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 4 <= file.Length;)
        {
            if (file[at] != 0xFF)
                throw new BrokenImageException($"JPEG, no marker at byte {at}");
            var marker = file[at + 1];
            if (marker == 0xFF) // padding
            {
                at++;
                continue;
            }
            if (marker is 0xDA or 0xD9)
                throw new BrokenImageException("JPEG, the picture starts before its size is given");
            if (marker is 0x01 or >= 0xD0 and <= 0xD8) // markers without a segment
            {
                at += 2;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (IsFrame(marker) && length >= 8 && at + 10 <= file.Length)
                return Frame(file[(at + 4)..]);
            at += 2 + Math.Max(length, (ushort)2);
        }
        throw new BrokenImageException("JPEG, the file ends before the size of the picture");
    }

    // SOF0 to SOF15, without DHT, JPG and DAC, which share the range.
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    // Precision, height, width, components.
    private static JpegHeader Frame(ReadOnlySpan<byte> frame)
        => new(BinaryPrimitives.ReadUInt16BigEndian(frame[3..]), BinaryPrimitives.ReadUInt16BigEndian(frame[1..]), frame[5]);
}
