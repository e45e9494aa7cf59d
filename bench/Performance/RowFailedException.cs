namespace LlavaMod.Performance;

/// <summary>A row has no figures: the peer disagrees, or one side did not run.</summary>
internal sealed class RowFailedException(string message) : Exception(message);
