namespace LlavaMod.Generation;

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it, or a stop string came.</summary>
    Stop,

    /// <summary>It has as many tokens as were allowed, or as the model can read.</summary>
    Length,
}
