using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>The loss that Hugging Face's models give with their logits: the mean cross-entropy over all positions whose next label is not -100.</summary>
internal static class LanguageLoss
{
    /// <summary>From logits [B, T, V] and unshifted labels [B, T].</summary>
    public static Tensor OfLogits(Tensor logits, Tensor labels) => Of(SequenceLogProbabilities.Of(logits, labels), labels);

    /// <summary>From the log-probabilities [B] of whole answers, which are sums over their tokens, and the labels [B, T].</summary>
    public static Tensor Of(Tensor sums, Tensor labels) =>
        -sums.Sum() / labels.Narrow(1, 1, labels.Size(1) - 1).NotEqual(TokenPositions.NoTarget).Sum().Item<long>();
}
