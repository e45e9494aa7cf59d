using System.Runtime.InteropServices;

namespace LlavaMod.Data.Images;

/// <summary>libpng's <c>png_image</c> and the functions of its simplified interface.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe partial struct PngImage
{
    public const uint CurrentVersion = 1;
    public const uint Rgb = 2, Rgba = 3;

    public const string Library = "libpng16.so.16";

    private const int MessageLength = 64;

    public nint Opaque;
    public uint Version;
    public uint Width;
    public uint Height;
    public uint Format;
    public uint Flags;
    public uint ColormapEntries;
    public uint WarningOrError;
    public fixed byte Message[MessageLength];

    /// <summary>What libpng says went wrong.</summary>
    public readonly string Reason
    {
        get
        {
            fixed (byte* message = Message)
                return Marshal.PtrToStringUTF8((nint)message) ?? "unknown error";
        }
    }

    [LibraryImport(Library)]
    public static partial int png_image_begin_read_from_memory(PngImage* image, byte* memory, nuint size);

    [LibraryImport(Library)]
    public static partial int png_image_finish_read(PngImage* image, void* background, void* buffer, int stride, void* colormap);

    [LibraryImport(Library)]
    public static partial int png_image_write_to_memory(
        PngImage* image, void* memory, nuint* size, int convertTo8Bit, void* buffer, int stride, void* colormap);

    [LibraryImport(Library)]
    public static partial void png_image_free(PngImage* image);
}
