namespace LlavaMod.Tokenization.Templates;

/// <summary>
/// Labels as LLaVA's and LLaVA-MoD's preprocessing find them (preprocess_v1, preprocess_phi): the text is cut at the ends of texts into rounds and
/// each round at the assistant's name; question and round are tokenised again and their lengths counted along the ids. A round that is not one
/// question and one answer ends the counting, and where the count misses the number of ids, the whole conversation teaches nothing.
/// </summary>
internal static class RetokenizedLabels
{
    /// <summary>The labels.</summary>
    /// <param name="ids">Ids of the whole conversation, which begin with a beginning of text where the tokenizer has one.</param>
    /// <param name="text">Its text.</param>
    /// <param name="separator">What stands between question and answer.</param>
    /// <param name="end">What stands behind each answer.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    public static int[] Of(int[] ids, string text, string separator, string end, Tokenizer tokenizer)
    {
        int[] labels = [.. ids];
        var at = tokenizer.BeginningOfText is null ? 0 : 1;
        Ignore(labels, 0, at);
        foreach (var round in text.Split(end))
        {
            var parts = round.Split(separator);
            if (parts.Length != 2)
                break;
            // The separator's last space is counted with the question and belongs to the answer's first word; the end is one token.
            Ignore(labels, at, Count(parts[0] + separator, tokenizer) - 1);
            at += Count(round, tokenizer) + 1;
        }
        Ignore(labels, at, labels.Length - at);
        if (at != labels.Length)
            Ignore(labels, 0, labels.Length);
        return labels;
    }

    private static void Ignore(int[] labels, int start, int count)
    {
        var from = Math.Min(start, labels.Length);
        labels.AsSpan(from, Math.Clamp(count, 0, labels.Length - from)).Fill(EncodedConversation.Ignored);
    }

    private static int Count(string text, Tokenizer tokenizer)
    {
        var pieces = text.Split(ChatTemplate.ImagePlaceholder);
        return pieces.Sum(piece => tokenizer.Encode(piece).Length) + pieces.Length - 1;
    }
}
