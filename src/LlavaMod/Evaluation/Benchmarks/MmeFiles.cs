namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>A question of MME's files.</summary>
/// <param name="File">The file, for messages.</param>
/// <param name="Task">Its task.</param>
/// <param name="Image">The image's file name.</param>
/// <param name="Text">The question, with the request to answer yes or no.</param>
/// <param name="Answer">Yes or No.</param>
internal sealed record MmeRow(string File, string Task, string Image, string Text, string Answer);

/// <summary>
/// MME's questions as they are published: the evaluation tool's text file for each task, or the release's folder for each task, where each image has
/// a text file of its name with a line <c>question TAB answer</c> for each of its two questions.
/// </summary>
internal static class MmeFiles
{
    private const int ToolColumns = 3;
    private const int ReleaseColumns = 2;

    /// <summary>Where the release's folders of tasks may be.</summary>
    public static readonly string[] Places = ["MME_Benchmark_release_version", "MME_Benchmark_release_version/MME_Benchmark", "MME_Benchmark", "."];

    /// <summary>The questions of some tasks, task by task, in the order of the files.</summary>
    /// <exception cref="UserError">A task is missing, or a line has too few columns.</exception>
    public static IEnumerable<MmeRow> Read(BenchmarkFolder data, IReadOnlyList<string> tasks) => tasks.SelectMany(task => Read(data, task));

    /// <summary>The columns of a file's lines; more than are wanted may be there.</summary>
    /// <exception cref="UserError">A line has too few.</exception>
    public static IEnumerable<string[]> Lines(string path, int wanted)
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

    private static IEnumerable<MmeRow> Read(BenchmarkFolder data, string task)
    {
        string[] names = [$"{task}.txt", $"ground_truth/{task}.txt", $"eval_tool/Your_Results/{task}.txt"];
        if (names.Select(data.TryFind).FirstOrDefault(path => path is not null) is { } path)
            return Lines(path, ToolColumns).Select(columns => new MmeRow(path, task, columns[0], columns[1], columns[2]));
        string folder = Places.Select(place => Path.Combine(data.Path, place, task)).FirstOrDefault(Directory.Exists)
            ?? throw new UserError($"{data.Path}: holds none of {string.Join(", ", names)}, plain or as .gz, nor a folder {task} of MME_Benchmark_release_version");
        return Released(folder, task);
    }

    private static IEnumerable<MmeRow> Released(string folder, string task)
    {
        string texts = Path.Combine(folder, "questions_answers_YN"), pictures = Path.Combine(folder, "images");
        if (!Directory.Exists(texts)) texts = folder;
        if (!Directory.Exists(pictures)) pictures = folder;
        var images = Directory.EnumerateFiles(pictures).Select(path => Path.GetFileName(path)).Where(name => !name.EndsWith(".txt", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).ToLookup(name => Path.GetFileNameWithoutExtension(name));
        string[] files = [.. Directory.EnumerateFiles(texts, "*.txt").Order(StringComparer.Ordinal)];
        if (files.Length == 0) throw new UserError($"{texts}: holds no text file of questions");
        foreach (string file in files)
        {
            string image = images[Path.GetFileNameWithoutExtension(file)].FirstOrDefault() ?? throw new UserError($"{file}: {pictures} has no picture of this name");
            foreach (string[] columns in Lines(file, ReleaseColumns)) yield return new MmeRow(file, task, image, columns[0], columns[1]);
        }
    }
}
