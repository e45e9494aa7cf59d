namespace LlavaMod.Tokenization.TokenizerJson;

/// <summary>The <c>normalizer</c> of tokenizer.json, recognised: none or NFC for byte-level BPE, SentencePiece's spaces for Llama's.</summary>
internal static class Normalizer
{
    private const string Space = "\u2581";

    /// <summary>Whether text is brought to form C; false for none.</summary>
    public static bool IsNfc(JsonPart part)
    {
        if (part.IsAbsent)
            return false;
        return part.Type() == "NFC" ? true : throw part.Unsupported(part.Type(), "NFC and none are");
    }

    /// <summary>Refuses anything but a space in front and U+2581 for spaces.</summary>
    public static void RequireLlama(JsonPart part)
    {
        JsonPart[] steps = part.Type() == "Sequence" ? [.. part["normalizers"].Items()] : [part];
        var isLlama = steps is [var prepend, var replace]
            && prepend.Type() == "Prepend" && prepend["prepend"].Text() == Space
            && replace.Type() == "Replace" && replace["pattern"]["String"].Text() == " " && replace["content"].Text() == Space;
        if (!isLlama)
            throw part.Unsupported(string.Join(" + ", steps.Select(step => step.Type() ?? "none")), "Prepend and Replace, as Llama has them, are");
    }
}
