namespace LlavaMod.Tokenization;

/// <summary>A conversation as the model sees it.</summary>
/// <param name="InputIds">Token ids [T]; <see cref="ImageToken"/> where the features of an image go.</param>
/// <param name="Labels">
/// [T], not shifted: the id itself where the assistant speaks, the end of its turn included, and <see cref="Ignored"/> elsewhere.
/// </param>
public sealed record EncodedConversation(int[] InputIds, int[] Labels)
{
    /// <summary>Stands for one image among the ids.</summary>
    public const int ImageToken = -200;

    /// <summary>The label of a position that is not supervised.</summary>
    public const int Ignored = -100;
}
