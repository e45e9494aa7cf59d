namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// MME (Fu et al. 2023, arXiv 2306.13394): two yes-no questions about each image, ten tasks of perception and four of cognition. A task's score is
/// 100 times the share of questions answered right plus 100 times the share of images with both right; the totals are sums over tasks.
/// Files: a text file for each task, <c>image TAB question TAB answer</c>, in the folder or its <c>ground_truth</c>, as MME's evaluation tool has them;
/// or <c>MME_Benchmark_release_version</c> with a text file for each image. Answers: LLaVA's JSON Lines with ids <c>task/image</c>, or a folder of
/// MME's own result files, with the model's answer as a fourth column.
/// </summary>
[Benchmark("mme", Summary = "MME, perception and cognition (arXiv 2306.13394)")]
public sealed class Mme : Benchmark<Mme.Question, Mme.Scored>
{
    private const int ResultColumns = 4;
    private const string Suffix = "Please answer yes or no.";

    private static readonly string[] Perception =
        ["existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR"];

    private static readonly string[] Cognition = ["commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning"];

    private static readonly string[] Tasks = [.. Perception, .. Cognition];

    // Tasks whose pictures the release has in a folder of their own, which LLaVA's ids name.
    private static readonly string[] InFolder = ["posters", "celebrity", "scene", "landmark", "artwork"];

    /// <summary>A question.</summary>
    /// <param name="Task">Its task.</param>
    /// <param name="Image">Its image.</param>
    /// <param name="IsYes">The truth.</param>
    public sealed record Question(string Task, string Image, bool IsYes);

    /// <summary>A question and whether it was answered right.</summary>
    /// <param name="Question">The question.</param>
    /// <param name="IsRight">Whether the answer is right; one that is neither yes nor no is not.</param>
    public sealed record Scored(Question Question, bool IsRight);

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => Rows(data).Values.Select(row =>
    {
        string id = InFolder.Contains(row.Task) ? $"{row.Task}/images/{row.Image}" : $"{row.Task}/{row.Image}";
        return new BenchmarkQuestion(id, Bare(row.Text) + LlavaPrompt.SingleWord, data.Picture([id, $"{row.Task}/{row.Image}", $"{row.Task}/images/{row.Image}"], MmeFiles.Places));
    });

    /// <inheritdoc/>
    public override IEnumerable<(string File, string Content)> Publish(BenchmarkFolder data, IReadOnlyList<AnswerRow> answers)
    {
        var texts = answers.ToDictionary(KeyOf, answer => answer.Text);
        return Rows(data).Where(entry => texts.ContainsKey(entry.Key)).GroupBy(entry => entry.Value.Task).Select(task => ($"{task.Key}.txt", string.Concat(task
            .Select(entry => $"{entry.Value.Image}\t{entry.Value.Text}\t{entry.Value.Answer}\t{OneCell(texts[entry.Key])}\n"))));
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data) => Rows(data).ToDictionary(entry => entry.Key, entry =>
    {
        var row = entry.Value;
        string truth = row.Answer.Trim().ToLowerInvariant();
        return truth is "yes" or "no"
            ? new Question(row.Task, row.Image, truth == "yes")
            : throw new UserError($"{row.File}: the answer '{row.Answer}' to '{row.Text}' is neither Yes nor No");
    });

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*.txt").Order(StringComparer.Ordinal).SelectMany(file => MmeFiles.Lines(file, ResultColumns)
            .Select(columns => new AnswerRow($"{Path.GetFileNameWithoutExtension(file)}/{columns[0]}", columns[1], columns[3])))
        : base.ReadAnswers(path);

    /// <inheritdoc/>
    protected override string KeyOf(AnswerRow row)
    {
        int slash = row.QuestionId.LastIndexOf('/');
        string task = slash < 0 ? "" : row.QuestionId.Split('/')[0];
        return Key(task, row.QuestionId[(slash + 1)..], row.Prompt);
    }

    /// <inheritdoc/>
    protected override object GroupOf(Question item) => (item.Task, item.Image);

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer) => new(item, Parse(answer.Text) is { } saysYes && saysYes == item.IsYes);

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored)
    {
        var tasks = scored.GroupBy(one => one.Question.Task).ToDictionary(group => group.Key, group => Score([.. group]));
        double perception = Perception.Sum(Of), cognition = Cognition.Sum(Of);
        return new Figures(
            new Dictionary<string, double> { ["perception"] = perception, ["cognition"] = cognition, ["total"] = perception + cognition },
            Perception.Concat(Cognition).Where(tasks.ContainsKey).ToDictionary(task => task, task => tasks[task]));

        double Of(string task) => tasks.TryGetValue(task, out var figures) ? figures["score"] : 0;
    }

    private static IReadOnlyDictionary<string, double> Score(List<Scored> answers)
    {
        var images = answers.GroupBy(one => one.Question.Image).ToList();
        double accuracy = Figures.Share(answers, one => one.IsRight), both = Figures.Share(images, image => image.All(one => one.IsRight));
        return new Dictionary<string, double> { ["score"] = 100 * (accuracy + both), ["accuracy"] = accuracy, ["accuracy_plus"] = both };
    }

    // MME's rule: the whole answer, or else its first four letters.
    private static bool? Parse(string text)
    {
        string answer = text.Trim().ToLowerInvariant();
        string start = answer.Length > 4 ? answer[..4] : answer;
        return start.Contains("yes", StringComparison.Ordinal) ? true : start.Contains("no", StringComparison.Ordinal) ? false : null;
    }

    private static Dictionary<string, MmeRow> Rows(BenchmarkFolder data)
    {
        var rows = new Dictionary<string, MmeRow>();
        foreach (var row in MmeFiles.Read(data, Tasks))
        {
            if (!rows.TryAdd(Key(row.Task, row.Image, row.Text), row)) throw new UserError($"{row.File}: asks '{row.Text}' about {row.Image} twice");
        }
        return rows;
    }

    // LLaVA asks the same questions with another last sentence.
    private static string Key(string task, string image, string question) =>
        $"{task}/{image}\n{Bare(question.Replace(LlavaPrompt.SingleWord, "", StringComparison.Ordinal))}";

    private static string Bare(string question) => question.Replace(Suffix, "", StringComparison.Ordinal).Trim();

    private static string OneCell(string answer) => answer.ReplaceLineEndings(" ").Replace('\t', ' ');
}
