namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// MME (Fu et al. 2023, arXiv 2306.13394): two yes-no questions about each image, ten tasks of perception and four of cognition. A task's score is
/// 100 times the share of questions answered right plus 100 times the share of images with both right; the totals are sums over tasks.
/// Files: a text file for each task, <c>image TAB question TAB answer</c>, in the folder or its <c>ground_truth</c>. Answers: LLaVA's JSON Lines with
/// ids <c>task/image</c>, or a folder of MME's own result files, with the model's answer as a fourth column.
/// </summary>
[Benchmark("mme", Summary = "MME, perception and cognition (arXiv 2306.13394)")]
public sealed class Mme : Benchmark<Mme.Question, Mme.Scored>
{
    private const int Columns = 3;
    private const string Suffix = "Please answer yes or no.";
    private const string LlavaSuffix = "\nAnswer the question using a single word or phrase.";

    private static readonly string[] Perception =
        ["existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR"];

    private static readonly string[] Cognition = ["commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning"];

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
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => throw new UserError("asking this benchmark's questions is not supported yet");

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data)
    {
        var questions = new Dictionary<string, Question>();
        foreach (string task in (string[])[.. Perception, .. Cognition])
        {
            string path = data.Find($"{task}.txt", $"ground_truth/{task}.txt");
            foreach (string[] columns in Rows(path))
            {
                string truth = columns[2].Trim().ToLowerInvariant();
                if (truth is not ("yes" or "no")) throw new UserError($"{path}: the answer '{columns[2]}' to '{columns[1]}' is neither Yes nor No");
                if (!questions.TryAdd(Key(task, columns[0], columns[1]), new Question(task, columns[0], truth == "yes")))
                    throw new UserError($"{path}: asks '{columns[1]}' about {columns[0]} twice");
            }
        }
        return questions;
    }

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*.txt").Order(StringComparer.Ordinal).SelectMany(file => Rows(file, Columns + 1)
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

    // LLaVA asks the same questions with another last sentence.
    private static string Key(string task, string image, string question) =>
        $"{task}/{image}\n{question.Replace(LlavaSuffix, "", StringComparison.Ordinal).Replace(Suffix, "", StringComparison.Ordinal).Trim()}";

    private static IEnumerable<string[]> Rows(string path, int wanted = Columns)
    {
        int number = 0;
        foreach (string line in PublishedFile.Lines(path))
        {
            number++;
            if (line.Length == 0) continue;
            string[] columns = line.Split('\t');
            if (columns.Length < wanted) throw new UserError($"{path}: line {number} has {columns.Length} columns; expected {wanted}, with tabs between them");
            yield return columns;
        }
    }
}
