namespace LlavaMod.Data.Images;

/// <summary>A native library that the system provides.</summary>
/// <param name="File">Its file.</param>
/// <param name="Package">Debian's package of it.</param>
internal sealed record SystemLibrary(string File, string Package);
