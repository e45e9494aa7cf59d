namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// <see cref="TextVqa"/> asked without the words that a reader of text found in the picture: what the model reads itself. Its scores are not to be
/// compared with those that LLaVA v1.5 published.
/// </summary>
[Benchmark("textvqa-no-ocr", Summary = "TextVQA validation, asked without OCR tokens")]
public sealed class TextVqaNoOcr : TextVqa
{
    /// <inheritdoc/>
    protected override bool WithWords => false;
}
