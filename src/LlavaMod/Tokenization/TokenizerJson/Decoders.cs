namespace LlavaMod.Tokenization.TokenizerJson;

/// <summary>The <c>decoder</c> of tokenizer.json, recognised.</summary>
internal static class Decoders
{
    private static readonly string[] LlamaSteps = ["Replace", "ByteFallback", "Fuse", "Strip"];

    /// <summary>Refuses anything but ByteLevel.</summary>
    public static void RequireByteLevel(JsonPart part)
    {
        if (part.Type() != "ByteLevel")
            throw part.Unsupported(part.Type(), "ByteLevel is");
    }

    /// <summary>
    /// Refuses anything but spaces for U+2581 and bytes for their tokens. Returns whether a space at the very beginning is left out, as Llama's files
    /// ask for, unless no space is put there.
    /// </summary>
    public static bool StripsLlamasSpace(JsonPart part)
    {
        JsonPart[] steps = part.Type() == "Sequence" ? [.. part["decoders"].Items()] : [part];
        var types = steps.Select(step => step.Type() ?? "none").ToArray();
        var strips = types.SequenceEqual(LlamaSteps);
        if (!(strips || types.SequenceEqual(LlamaSteps.SkipLast(1)))
            || steps[0]["pattern"]["String"].Text() != "\u2581" || steps[0]["content"].Text() != " "
            || (strips && (steps[3]["content"].Text() != " " || steps[3]["start"].Number() != 1 || steps[3]["stop"].Number() != 0)))
            throw part.Unsupported(string.Join(" + ", types), $"{string.Join(" + ", LlamaSteps)}, as Llama has them, are");
        return strips;
    }
}
