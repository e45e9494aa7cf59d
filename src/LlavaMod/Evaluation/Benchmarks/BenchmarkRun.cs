using System.Security.Cryptography;
using System.Text;
using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// One model through one benchmark: its questions are asked batch by batch, the answers kept in a folder as they come, and then scored. A run that
/// was stopped goes on where it was, and ends as if it had not been. The folder holds <c>asked.json</c>, what was asked of whom; <c>answers.jsonl</c>;
/// what the benchmark's own scripts read, where that is something else; and <c>result.json</c>.
/// </summary>
/// <param name="spec">The benchmark.</param>
/// <param name="data">Its files.</param>
/// <param name="folder">Where answers and result go.</param>
public sealed class BenchmarkRun(BenchmarkSpec spec, BenchmarkFolder data, string folder)
{
    /// <summary>The name of a result in its folder.</summary>
    public const string ResultFile = "result.json";

    private readonly Benchmark benchmark = spec.Create();
    private List<SkippedItem> skipped = [];

    /// <summary>Whether questions whose pictures are missing or broken are left out and counted; by default they are an error.</summary>
    public bool AllowPartial { get; init; }

    /// <summary>Whether questions were left out, by a limit or because they could not be asked.</summary>
    public bool IsPartial => spec.Limit is not null || skipped.Count > 0;

    /// <summary>The answers, in LLaVA's layout.</summary>
    public string Answers => Path.Combine(folder, AnswersFile.Name);

    /// <summary>The result.</summary>
    public string Result => Path.Combine(folder, ResultFile);

    /// <summary>Reads the first question and its picture: what is missing shows before a large model is loaded.</summary>
    /// <exception cref="UserError">A file or, unless pictures may be missing, a picture is.</exception>
    public void Check()
    {
        var first = benchmark.Questions(data).FirstOrDefault() ?? throw new UserError($"{spec.Name}: there are no questions in {spec.Data}");
        if (!AllowPartial) _ = first.Images.FirstOrDefault()?.Read();
    }

    /// <summary>Asks what is not answered yet, and writes the answers out.</summary>
    /// <param name="respondent">Who is asked.</param>
    /// <param name="asked">What the files say of it.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="progress">Told how many of how many questions are answered.</param>
    /// <param name="cancellation">Stops between steps; answers so far are kept.</param>
    /// <exception cref="UserError">
    /// A file is missing or damaged, or the folder holds answers to something else, cannot be written, or is being written by another process.
    /// </exception>
    public void Ask(IRespondent respondent, AskedModel asked, LlavaConfig config, Action<int, int> progress, CancellationToken cancellation) => Writing(() =>
    {
        Directory.CreateDirectory(folder);
        // Of two processes, each would write into the other's lines.
        using var held = FolderLock.Take(folder, $"{folder}: another process is writing answers there; wait until it ends, or give another --out");
        AskHeld(respondent, asked, config, progress, cancellation);
    });

    private void AskHeld(IRespondent respondent, AskedModel asked, LlavaConfig config, Action<int, int> progress, CancellationToken cancellation)
    {
        var fitted = benchmark.FittedTo(config);
        List<BenchmarkQuestion> questions = [.. fitted.Questions(data).Take(spec.Limit ?? int.MaxValue)];
        new AskedFile(spec.Name, spec.OptionsJson(), asked, Hash(questions)).Claim(folder);
        using var answers = AnswersFile.Open(Answers, ModelFolder.NameOf(asked.Path), questions);
        int done = questions.Count(answers.Holds);
        progress(done, questions.Count);
        var asking = questions.ToDictionary(question => Turned(question, fitted));
        LeaveOut(asking, respondent);
        foreach (var batch in respondent.Batches([.. asking.Keys]))
        {
            if (batch.All(question => answers.Holds(asking[question]))) continue;
            cancellation.ThrowIfCancellationRequested();
            var readable = batch.Where(question => IsReadable(asking[question])).ToList();
            var responses = readable.Count == 0 ? [] : respondent.Answer(readable, cancellation);
            // Of a batch that was cut short, what is there already stays.
            var fresh = readable.Zip(responses, (question, response) => (asking[question], response)).Where(pair => !answers.Holds(pair.Item1)).ToList();
            answers.Append(fresh);
            progress(done += fresh.Count, questions.Count);
        }
        if (done == 0 && skipped.Count > 0) throw new UserError($"{spec.Name}: none of {questions.Count} questions could be asked; {skipped[0].Id}: {skipped[0].Reason}");
        answers.Complete(questions);
        var order = questions.Select(question => question.Id).Distinct().Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        skipped = [.. skipped.OrderBy(item => order[item.Id])];
        foreach (var (file, content) in benchmark.Publish(data, [.. AnswerRows.ReadJsonLines(Answers)])) AtomicFile.Write(Path.Combine(folder, file), content);
    }

    /// <summary>Scores the answers, or a judge's reviews of them, and writes the result.</summary>
    /// <param name="asked">Who was asked.</param>
    /// <param name="scored">What to score: <see cref="Answers"/>, or the reviews.</param>
    /// <param name="judge">Who reviewed them; null for nobody.</param>
    /// <exception cref="UserError">Answers and questions do not belong together.</exception>
    public BenchmarkResult Score(AskedModel asked, string scored, JudgeUse? judge = null)
    {
        var result = new BenchmarkResult
        {
            Benchmark = spec.Name,
            Options = spec.OptionsJson(),
            Score = benchmark.Score(data, scored, allowPartial: IsPartial),
            Model = asked,
            Skipped = skipped,
            Judge = judge,
        };
        Writing(() => result.Write(Result));
        return result;
    }

    private void Writing(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{folder}: cannot be written: {exception.Message.TrimEnd('.')}; make room or give rights there, or give another --out", exception);
        }
    }

    private EvaluationQuestion Turned(BenchmarkQuestion question, Benchmark fitted) => new(
        question.Id, [.. question.Earlier, new Turn(Role.Human, question.Turn)], encoding => Prepare(question, encoding), question.MaxNewTokens ?? fitted.MaxNewTokens);

    private PreparedImage[] Prepare(BenchmarkQuestion question, SampleEncoding encoding)
    {
        if (question.Images.Count == 0) return [];
        var preprocessor = encoding.Preprocessor ?? throw new UserError($"{spec.Name} has pictures, and the model has no vision tower to look at them");
        return [.. question.Images.Select(image =>
        {
            var values = GC.AllocateUninitializedArray<float>(preprocessor.ValueCount);
            preprocessor.Apply(image.Read(), image.Name, values);
            return new PreparedImage($"{spec.Name}/{image.Name}", values);
        })];
    }

    // Questions that cannot be answered are known before the first is asked.
    private void LeaveOut(Dictionary<EvaluationQuestion, BenchmarkQuestion> asking, IRespondent respondent)
    {
        var refused = asking.Keys.Select(question => (Question: question, Reason: respondent.Refuses(question))).Where(one => one.Reason is not null).ToList();
        if (refused.Count == 0) return;
        if (!AllowPartial)
            throw new UserError($"{spec.Name}: {refused.Count} of {asking.Count} questions cannot be asked; {refused[0].Question.Id}: {refused[0].Reason}; --allow-partial leaves them out");
        foreach (var (question, reason) in refused)
        {
            skipped.Add(new SkippedItem(question.Id, reason!));
            asking.Remove(question);
        }
    }

    // Whether the pictures are there and whole; without --allow-partial, the error says so when they are wanted.
    private bool IsReadable(BenchmarkQuestion question)
    {
        if (!AllowPartial) return true;
        try
        {
            foreach (var image in question.Images) ImageDecoder.Decode(image.Read(), image.Name);
            return true;
        }
        catch (UserError error)
        {
            skipped.Add(new SkippedItem(question.Id, error.Message));
            return false;
        }
    }

    private static string Hash(IEnumerable<BenchmarkQuestion> questions)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var question in questions)
        {
            string turns = string.Join('\n', question.Earlier.Select(turn => turn.Text).Append(question.Turn));
            hash.AppendData(Encoding.UTF8.GetBytes($"{question.Id}\n{turns}\n"));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
