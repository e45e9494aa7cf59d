namespace LlavaMod.Data.Images;

/// <summary>Why bytes are not a picture that can be used; <see cref="ImageDecoder"/> adds which file it is.</summary>
internal sealed class BrokenImageException(string reason) : Exception(reason);
