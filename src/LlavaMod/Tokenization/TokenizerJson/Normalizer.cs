namespace LlavaMod.Tokenization.TokenizerJson;

/// <summary>The <c>normalizer</c> of tokenizer.json of byte-level BPE, recognised: none or NFC.</summary>
internal static class Normalizer
{
    /// <summary>Whether text is brought to form C; false for none.</summary>
    public static bool IsNfc(JsonPart part)
    {
        if (part.IsAbsent)
            return false;
        return part.Type() == "NFC" ? true : throw part.Unsupported(part.Type(), "NFC and none are");
    }
}
