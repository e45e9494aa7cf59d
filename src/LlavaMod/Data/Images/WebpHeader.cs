using System.Buffers.Binary;

namespace LlavaMod.Data.Images;

/// <summary>
/// The canvas of a WebP animation and where its first frame lies: RIFF chunks, each a name, a length and data of an even length. VP8X has
/// the canvas; ANMF a frame's place, followed by chunks of its own.
/// </summary>
internal readonly record struct WebpHeader(int Width, int Height, int Left, int Top, int FrameWidth, int FrameHeight, Range Frame)
{
    private const int FileHeaderLength = 12, ChunkHeaderLength = 8, CanvasLength = 10, FrameHeaderLength = 16;
    private const int AnimationFlag = 2;

    /// <summary>Whether the file says that it is an animation.</summary>
    public static bool IsAnimation(ReadOnlySpan<byte> file)
        => file.Length > FileHeaderLength + ChunkHeaderLength && file[FileHeaderLength..].StartsWith("VP8X"u8)
            && (file[FileHeaderLength + ChunkHeaderLength] & AnimationFlag) != 0;

    /// <exception cref="BrokenImageException">Cut short, without a frame, or with one that leaves the canvas.</exception>
    public static WebpHeader Read(ReadOnlySpan<byte> file)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) > file.Length - ChunkHeaderLength)
            throw CutShort();
        var canvas = file[Data(file, FileHeaderLength, CanvasLength)];
        int width = Three(canvas, 4) + 1, height = Three(canvas, 7) + 1;

        var frame = Find(file, FileHeaderLength, file.Length, "ANMF"u8);
        var place = file[Data(file, frame, FrameHeaderLength)];
        int left = Three(place, 0) * 2, top = Three(place, 3) * 2, frameWidth = Three(place, 6) + 1, frameHeight = Three(place, 9) + 1;
        if (left + frameWidth > width || top + frameHeight > height)
            throw new BrokenImageException($"WebP, its first frame, {frameWidth} x {frameHeight} at ({left}, {top}), leaves the canvas of {width} x {height}");

        int start = frame + ChunkHeaderLength + FrameHeaderLength, end = frame + ChunkHeaderLength + Length(file, frame);
        var pixels = Find(file, start, end, "VP8 "u8, "VP8L"u8); // an ALPH chunk before it is of no interest
        return new WebpHeader(width, height, left, top, frameWidth, frameHeight, pixels..(pixels + ChunkHeaderLength + Length(file, pixels)));
    }

    private static int Find(ReadOnlySpan<byte> file, int at, int end, ReadOnlySpan<byte> name, ReadOnlySpan<byte> otherName = default)
    {
        for (; at <= end - ChunkHeaderLength; at += ChunkHeaderLength + Length(file, at) + Length(file, at) % 2)
        {
            var chunk = file.Slice(at, 4);
            if (chunk.SequenceEqual(name) || chunk.SequenceEqual(otherName))
                return at;
        }
        throw new BrokenImageException("WebP, an animation without a frame");
    }

    // The length that a chunk says it has, which the file has too.
    private static int Length(ReadOnlySpan<byte> file, int at)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
        return length <= file.Length - at - ChunkHeaderLength ? (int)length : throw CutShort();
    }

    private static Range Data(ReadOnlySpan<byte> file, int at, int atLeast)
        => Length(file, at) >= atLeast ? (at + ChunkHeaderLength)..(at + ChunkHeaderLength + atLeast) : throw CutShort();

    private static int Three(ReadOnlySpan<byte> bytes, int at) => bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;

    private static BrokenImageException CutShort() => new("WebP, its data is corrupt or cut short");
}
