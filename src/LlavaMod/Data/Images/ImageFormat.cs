namespace LlavaMod.Data.Images;

/// <summary>
/// One file format: recognised by its first bytes, decoded by a library of the system or by our own code. A class of this kind with an
/// <see cref="ImageFormatAttribute"/> is all that a new format needs.
/// </summary>
internal abstract class ImageFormat
{
    /// <summary>The format's name in messages.</summary>
    public abstract string Name { get; }

    /// <summary>The native library that decodes it; null where our own code does.</summary>
    public virtual SystemLibrary? Library => null;

    /// <summary>Whether the bytes start as files of this format do.</summary>
    public abstract bool Matches(ReadOnlySpan<byte> file);

    /// <summary>Decodes a file, its header first; of an animation the first frame.</summary>
    /// <param name="file">All of its bytes.</param>
    /// <param name="limits">How large the picture may be.</param>
    /// <param name="allocate">Gives the room for the pixels: an array of at least as many bytes as asked for, with anything in it.</param>
    /// <exception cref="BrokenImageException">Corrupt, truncated, over a limit, or of a kind that is not read.</exception>
    /// <exception cref="DllNotFoundException">The native library is not installed.</exception>
    public abstract RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits, Func<int, byte[]> allocate);

    /// <summary>The error for a missing library, with the command that installs it.</summary>
    public UserError NotInstalled(Exception reason)
        => new($"{Name} files need a library that is not installed ({reason.Message}); install it: sudo apt install {Library?.Package}", reason);
}
