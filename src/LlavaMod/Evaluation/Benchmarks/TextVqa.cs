namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// TextVQA 0.5.1, validation (Singh et al. 2019, arXiv 1904.08920): short answers about text in pictures, each compared with those of ten people.
/// File: <c>TextVQA_0.5.1_val.json</c>, or <c>annotations.json</c> of the same layout. Questions are put with the words of
/// <c>TextVQA_Rosetta_OCR_v0.2_val.json</c>, or taken from LLaVA's <c>llava_textvqa_val_v051_ocr.jsonl</c>, or put without such words. Answers name
/// the image; the question is found in their prompt, where LLaVA puts it before or behind a line of OCR tokens. Pictures: <c>train_images</c>.
/// </summary>
[Benchmark("textvqa", Summary = "TextVQA validation, soft accuracy over ten people's answers (arXiv 1904.08920)")]
public sealed class TextVqa(TextVqa.Options options) : Benchmark<TextVqa.Question, double>
{
    private const string OcrLine = "Reference OCR token:";
    private const string WordsFile = "TextVQA_Rosetta_OCR_v0.2_val.json";
    private const string LlavaFile = "llava_textvqa_val_v051_ocr.jsonl";

    /// <summary>How questions are put.</summary>
    public sealed record Options
    {
        /// <summary>Whether the words that a reader of text found in the picture are part of the question, as LLaVA v1.5 asks it.</summary>
        public bool OcrTokens { get; init; } = true;
    }

    /// <summary>A question.</summary>
    /// <param name="Scores">What each answer that somebody gave is worth, by its normal form.</param>
    public sealed record Question(IReadOnlyDictionary<string, double> Scores);

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) =>
        options.OcrTokens && data.TryFind(LlavaFile) is { } prepared ? Prepared(prepared, data) : Rendered(data);

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data) =>
        Keyed(data).ToDictionary(entry => entry.Key, entry => new Question(VqaAccuracy.Of(entry.Value.Texts("answers"))));

    /// <inheritdoc/>
    protected override string KeyOf(AnswerRow row)
    {
        string[] lines = row.Prompt.Split('\n');
        return Key(row.QuestionId, lines.Length == 3 && lines[0].StartsWith(OcrLine, StringComparison.Ordinal) ? lines[1] : lines[0]);
    }

    /// <inheritdoc/>
    protected override double ScoreOne(Question item, AnswerRow answer) => item.Scores.GetValueOrDefault(VqaAnswer.Normalise(answer.Text));

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<double> scored) => new(new Dictionary<string, double> { ["accuracy"] = Figures.Mean(scored) });

    private IEnumerable<BenchmarkQuestion> Prepared(string path, BenchmarkFolder data) => PublishedRow
        .ByKey(PublishedFile.Rows(path), row => KeyOf(new AnswerRow(row.Text("question_id"), row.Question("text"), "")), row => row).Values
        .Select(row => new BenchmarkQuestion(row.Text("question_id"), row.Text("text"), Picture(data, row.Text("image"))));

    private IEnumerable<BenchmarkQuestion> Rendered(BenchmarkFolder data)
    {
        var words = options.OcrTokens ? Words(data) : null;
        foreach (var row in Keyed(data).Values)
        {
            string image = row.Text("image_id"), question = row.Question("question");
            string line = words is null ? "" : $"\n{OcrLine} {words.GetValueOrDefault(image) ?? throw row.Complaint($"is about image {image}, of which {WordsFile} says nothing")}";
            yield return new BenchmarkQuestion(image, Capitalised(question) + line + LlavaPrompt.SingleWord, Picture(data, $"{image}.jpg"));
        }
    }

    private static Dictionary<string, string> Words(BenchmarkFolder data)
    {
        string path = data.TryFind(WordsFile) ?? throw new UserError(
            $"{data.Path}: holds neither {WordsFile} nor {LlavaFile}: LLaVA's questions have the words found in the picture; --set ocr_tokens=false asks without them");
        return PublishedRow.ByKey(PublishedFile.List(path, "data"), row => row.Text("image_id"), row => string.Join(", ", row.Texts("ocr_tokens")));
    }

    private static Dictionary<string, PublishedRow> Keyed(BenchmarkFolder data) => PublishedRow.ByKey(
        PublishedFile.List(data.Find("TextVQA_0.5.1_val.json", "annotations.json"), "data"), row => Key(row.Text("image_id"), row.Text("question")), row => row);

    private static BenchmarkImage Picture(BenchmarkFolder data, string name) =>
        data.Picture(name, "train_images", "train_val_images", "train_val_images/train_images", "images");

    // As Python's capitalize: the rest becomes small.
    private static string Capitalised(string question) => question.Length == 0 ? "" : char.ToUpperInvariant(question[0]) + question[1..].ToLowerInvariant();

    private static string Key(string image, string question) => $"{image}\n{question.Split('\n')[0].ToLowerInvariant()}";
}
