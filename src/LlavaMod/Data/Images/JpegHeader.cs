using System.Buffers.Binary;

namespace LlavaMod.Data.Images;

/// <summary>What the frame header (SOF) of a JPEG file says.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Components">Colour components.</param>
/// <param name="LeastBits">What the pixels take at least: with Huffman codes a bit for each 8 x 8 block of the largest component.</param>
internal readonly record struct JpegHeader(int Width, int Height, int Components, long LeastBits)
{
    private const int FrameLength = 8, ComponentLength = 3;
    private const byte FirstArithmetic = 0xC9;

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
            if (IsFrame(marker) && length >= FrameLength)
                return Frame(marker, file[(at + 4)..]);
            at += 2 + Math.Max(length, (ushort)2);
        }
        throw CutShort();
    }

    /// <summary>How many scans the file has: each goes over the whole picture, however few bytes it is.</summary>
    public static int CountScans(ReadOnlySpan<byte> file)
    {
        var scans = 0;
        for (var at = 2; at + 4 <= file.Length;)
        {
            var marker = file[at + 1];
            if (file[at] != 0xFF || marker is 0x00 or 0xFF) // pixels, or padding
            {
                var next = file[(at + 1)..].IndexOf((byte)0xFF);
                if (next < 0)
                    break;
                at += 1 + next;
                continue;
            }
            if (marker == 0xD9) // the end
                break;
            scans += marker == 0xDA ? 1 : 0;
            at += marker is 0x01 or >= 0xD0 and <= 0xD8 ? 2 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }
        return scans;
    }

    // SOF0 to SOF15, without DHT, JPG and DAC, which share the range.
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    // Precision, height, width, number of components; of each component its name, sampling (horizontal, vertical) and table.
    private static JpegHeader Frame(byte marker, ReadOnlySpan<byte> frame)
    {
        if (frame.Length < FrameLength - 2 || frame.Length < FrameLength - 2 + frame[5] * ComponentLength)
            throw CutShort();
        int width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]), height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]);
        int across = 1, down = 1;
        var largest = 0;
        for (var i = 0; i < frame[5]; i++)
        {
            var sampling = frame[FrameLength - 2 + i * ComponentLength + 1];
            (across, down) = (Math.Max(across, sampling >> 4), Math.Max(down, sampling & 15));
            largest = Math.Max(largest, (sampling >> 4) * (sampling & 15));
        }
        var blocks = (long)width * height * largest / (across * down) / 64;
        return new JpegHeader(width, height, frame[5], marker < FirstArithmetic ? blocks : 0);
    }

    private static BrokenImageException CutShort() => new("JPEG, the file ends before the size of the picture");
}
