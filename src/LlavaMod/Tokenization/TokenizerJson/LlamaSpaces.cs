using LlavaMod.Tokenization.SentencePiece;

namespace LlavaMod.Tokenization.TokenizerJson;

/// <summary>
/// How Llama's tokenizer.json treats spaces: its <c>normalizer</c> writes them as U+2581 before added tokens are looked for, or (transformers' newer
/// saves) its <c>pre_tokenizer</c> Metaspace does so behind that.
/// </summary>
/// <param name="Prefix">Where a space is put in front.</param>
/// <param name="ComeLast">Whether Metaspace writes them.</param>
/// <param name="FirstIsAdded">Whether decoding leaves a space at the very beginning out.</param>
internal sealed record LlamaSpaces(SpacePrefix Prefix, bool ComeLast, bool FirstIsAdded)
{
    private const string Space = "\u2581";

    /// <summary>Reads it from normalizer, pre_tokenizer and decoder.</summary>
    /// <exception cref="UserError">One of them is none that a Llama has.</exception>
    public static LlamaSpaces Read(JsonPart file)
    {
        var (normalizer, cut) = (file["normalizer"], file["pre_tokenizer"]);
        var comeLast = !cut.IsAbsent;
        if (comeLast && cut.Type() != "Metaspace")
            throw cut.Unsupported(cut.Type(), "ByteLevel, Split before ByteLevel, and Llama's Metaspace and none are");
        if (comeLast && !normalizer.IsAbsent)
            throw normalizer.Unsupported(normalizer.Type(), "beside the pre_tokenizer Metaspace there must be none");
        return new LlamaSpaces(comeLast ? OfMetaspace(cut) : OfNormalizer(normalizer), comeLast, Decoders.StripsLlamasSpace(file["decoder"]));
    }

    private static SpacePrefix OfNormalizer(JsonPart part)
    {
        JsonPart[] steps = part.Type() == "Sequence" ? [.. part["normalizers"].Items()] : [part];
        return steps switch
        {
            [var prepend, var replace] when IsPrepend(prepend) && IsReplace(replace) => SpacePrefix.EverySegment,
            [var replace] when IsReplace(replace) => SpacePrefix.None,
            _ => throw part.Unsupported(string.Join(" + ", steps.Select(step => step.Type() ?? "none")), "Prepend and Replace, as Llama has them, are"),
        };
    }

    private static bool IsPrepend(JsonPart step) => step.Type() == "Prepend" && step["prepend"].Text() == Space;

    private static bool IsReplace(JsonPart step)
        => step.Type() == "Replace" && step["pattern"]["String"].Text() == " " && step["content"].Text() == Space;

    private static SpacePrefix OfMetaspace(JsonPart part)
    {
        if (part["replacement"].Text() != Space)
            throw part["replacement"].Unsupported(part["replacement"].Text(), $"{Space} is");
        part["split"].RequireFlag(false, otherwise: true);
        var scheme = part["prepend_scheme"];
        var prefix = scheme.IsAbsent ? SpacePrefix.EverySegment : scheme.Text() switch
        {
            "always" => SpacePrefix.EverySegment,
            "first" => SpacePrefix.First,
            "never" => SpacePrefix.None,
            var other => throw scheme.Unsupported(other, "always, first and never are"),
        };
        // The flag of older files, which must agree with what replaced it.
        if (prefix != SpacePrefix.None)
            part["add_prefix_space"].RequireFlag(true, otherwise: true);
        return prefix;
    }
}
