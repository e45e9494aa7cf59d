using LlavaMod.Recipes;

namespace LlavaMod.Runs;

/// <summary>Everything that a run leaves behind, in one folder. While a run is written, no other process gets at it to write it too.</summary>
public sealed class RunFolder : IDisposable
{
    private IDisposable? held;

    private RunFolder(string path) => Root = path;

    /// <summary>The folder itself, as an absolute path.</summary>
    public string Root { get; }

    /// <summary>The resolved recipe.</summary>
    public string Recipe => Path.Combine(Root, "recipe.yaml");

    /// <summary>A line of JSON for every optimiser step: <see cref="StepMetrics"/>.</summary>
    public string Metrics => Path.Combine(Root, "metrics.jsonl");

    /// <summary>The folder of checkpoints.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>The figures of the whole run: <see cref="RunSummary"/>.</summary>
    public string Summary => Path.Combine(Root, "summary.json");

    /// <summary>Pictures with the models' answers: a list of <see cref="SampleAnswers"/>.</summary>
    public string Samples => Path.Combine(Root, "samples.json");

    /// <summary>The page that shows the run.</summary>
    public string Report => Path.Combine(Root, "report.html");

    /// <summary>What is done so far, from which a run goes on.</summary>
    public string State => Path.Combine(Root, "state.json");

    /// <summary>Which data fed which stage: <see cref="RunManifest"/>.</summary>
    public string Manifest => Path.Combine(Root, "manifest.json");

    /// <summary>The run's tokenizer, where it trains one.</summary>
    public string Tokenizer => Path.Combine(Root, "tokenizer");

    /// <summary>Features of frozen towers, until the run is complete.</summary>
    public string Features => Path.Combine(Root, "features");

    /// <summary>The model that a stage has left, Hugging Face-shaped.</summary>
    public string Model(string stage) => Path.Combine(Root, "models", stage);

    /// <summary>A reported model's scores in detail.</summary>
    public string Evaluation(string model) => Path.Combine(Root, "evaluation", $"{model}.json");

    /// <summary>A reported model's answers to a benchmark, and their score.</summary>
    public string Benchmark(string model, string benchmark) => Path.Combine(Root, "evaluation", model, benchmark);

    /// <summary>Checkpoints within a stage.</summary>
    public string StageCheckpoints(string stage) => Path.Combine(Checkpoints, stage);

    /// <summary>Whether there is anything to go on from. A run that stopped before its first step, on broken data for one, has not begun.</summary>
    private bool HasBegun => File.Exists(State) || (File.Exists(Metrics) && new FileInfo(Metrics).Length > 0);

    /// <summary>Makes the folder of a new run and writes its recipe there.</summary>
    /// <exception cref="UserError">The folder holds a run already, or cannot be made.</exception>
    public static RunFolder Create(string path, Recipe recipe)
    {
        var run = new RunFolder(Path.GetFullPath(path));
        if (run.HasBegun)
            throw new UserError($"{path} already holds a run; continue it with --resume, or give another folder with --out");
        try
        {
            Directory.CreateDirectory(run.Checkpoints);
            run.Hold(path);
            // What may be left of a run that had not begun is of another recipe.
            File.Delete(run.Manifest);
            if (Directory.Exists(run.Tokenizer))
                Directory.Delete(run.Tokenizer, recursive: true);
            Directory.CreateDirectory(Path.Combine(run.Root, "evaluation"));
            AtomicFile.Write(run.Recipe, recipe.ToYaml());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot make the run folder {path}: {e.Message}", e);
        }
        return run;
    }

    /// <summary>The folder of a run that goes on; a run that has not begun is made.</summary>
    /// <exception cref="UserError">The folder holds a run of another recipe.</exception>
    public static RunFolder Resume(string path, Recipe recipe)
    {
        var run = new RunFolder(Path.GetFullPath(path));
        if (!run.HasBegun)
            return Create(path, recipe);
        if (File.ReadAllText(run.Recipe) != recipe.ToYaml())
            throw new UserError($"{path} holds a run of another recipe, or with other settings; resume it with those, or give another folder with --out");
        run.Hold(path);
        run.Sweep();
        return run;
    }

    private void Hold(string path) =>
        held = FolderLock.Take(Root, $"another process is writing the run in {path}; wait until it ends, or give another folder with --out");

    /// <summary>Lets other processes write the run.</summary>
    public void Dispose()
    {
        held?.Dispose();
        held = null;
    }

    private void Sweep()
    {
        foreach (var folder in Directory.GetDirectories(Root, "*", SearchOption.AllDirectories).Append(Root).Where(Directory.Exists))
        {
            AtomicFolder.Sweep(folder);
            AtomicFile.Sweep(folder);
        }
    }

    /// <summary>The folder of an earlier run.</summary>
    /// <exception cref="UserError">The folder holds no run.</exception>
    public static RunFolder Open(string path)
    {
        var run = new RunFolder(Path.GetFullPath(path));
        return File.Exists(run.Recipe) ? run : throw new UserError($"{path} holds no run: there is no recipe.yaml in it");
    }
}
