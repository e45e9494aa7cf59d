namespace LlavaMod.Tokenization.TokenizerJson;

/// <summary>The <c>pre_tokenizer</c> of tokenizer.json, recognised: ByteLevel with GPT-2's own rule, or Split by Qwen2's rule before ByteLevel.</summary>
internal static class PreTokenizer
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Whether text is spelled as bytes.</summary>
    public static bool IsByteLevel(JsonPart part)
        => part.Type() == "ByteLevel" || (part.Type() == "Sequence" && part["pretokenizers"].Items().Any(step => step.Type() == "ByteLevel"));

    /// <summary>The splitting rule of a byte-level tokenizer.</summary>
    /// <exception cref="UserError">It is neither Qwen2's nor GPT-2's.</exception>
    public static WordSplitter Splitter(JsonPart part)
    {
        JsonPart[] steps = part.Type() == "Sequence" ? [.. part["pretokenizers"].Items()] : [part];
        var last = steps[^1];
        if (last.Type() != "ByteLevel" || steps.Length > 2 || (steps.Length == 2 && steps[0].Type() != "Split"))
            throw part.Unsupported(string.Join(" + ", steps.Select(step => step.Type())), "ByteLevel alone and Split before ByteLevel are");
        last["add_prefix_space"].RequireFlag(false, otherwise: true);
        last["use_regex"].RequireFlag(steps.Length == 1, otherwise: true);
        return steps.Length == 1 ? new Gpt2Splitter() : BySplit(steps[0]);
    }

    private static WordSplitter BySplit(JsonPart split)
    {
        if (split["behavior"].Text() != "Isolated")
            throw split["behavior"].Unsupported(split["behavior"].Text(), "Isolated is");
        split["invert"].RequireFlag(false, otherwise: false);
        var pattern = split["pattern"]["Regex"];
        return pattern.Text() switch
        {
            Qwen2 => new Qwen2Splitter(),
            Gpt2 => new Gpt2Splitter(),
            var other => throw pattern.Unsupported(other, "the rules of Qwen2 and GPT-2 are"),
        };
    }
}
