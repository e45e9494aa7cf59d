namespace LlavaMod.Data.Images;

/// <summary>One file format: recognised by its first bytes, decoded by a native library.</summary>
internal abstract class ImageFormat
{
    /// <summary>The format's name in messages.</summary>
    public abstract string Name { get; }

    /// <summary>The file of the native library.</summary>
    public abstract string LibraryFile { get; }

    /// <summary>Debian's package of the native library.</summary>
    public abstract string Package { get; }

    /// <summary>Whether the bytes start as files of this format do.</summary>
    public abstract bool Matches(ReadOnlySpan<byte> file);

    /// <summary>Decodes a file, its header first.</summary>
    /// <exception cref="BrokenImageException">Corrupt, truncated, over a limit, or of a kind that is not read.</exception>
    /// <exception cref="DllNotFoundException">The native library is not installed.</exception>
    public abstract RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits);

    /// <summary>The error for a missing library, with the command that installs it.</summary>
    public UserError NotInstalled(Exception reason)
        => new($"{Name} files need a library that is not installed ({reason.Message}); install it: sudo apt install {Package}", reason);
}
