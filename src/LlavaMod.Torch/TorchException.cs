namespace LlavaMod.Torch;

/// <summary>libtorch refused something; the message names the operator and the shapes, dtypes and devices of its arguments.</summary>
public sealed class TorchException(string message, Exception? inner = null) : Exception(message, inner);
