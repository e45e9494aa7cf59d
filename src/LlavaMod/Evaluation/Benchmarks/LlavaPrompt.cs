namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>What LLaVA v1.5's evaluation adds to a benchmark's own questions (Liu et al. 2023, arXiv 2310.03744, appendix).</summary>
internal static class LlavaPrompt
{
    /// <summary>Behind a question with a short answer.</summary>
    public const string SingleWord = "\nAnswer the question using a single word or phrase.";

    /// <summary>Behind a multiple choice.</summary>
    public const string OptionLetter = "\nAnswer with the option's letter from the given choices directly.";

    /// <summary>Most new tokens of an answer that is no single word.</summary>
    public const int LongAnswer = 1024;

    /// <summary>The names of choices, in order.</summary>
    public const string Letters = "ABCDE";

    /// <summary>A line for each choice, "A. " before the first; each line starts with a line end.</summary>
    public static string Choices(IEnumerable<string> choices) => string.Concat(choices.Select((choice, index) => $"\n{Letters[index]}. {choice}"));
}
