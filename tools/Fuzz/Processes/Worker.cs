using System.Reflection;
using System.Text.Json;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Fuzz.Processes;

/// <summary>
/// The process that reads mutants, so that only it dies of one. It is asked by lines on its input and says every number before it tries it:
/// whoever asked knows which one it died of.
/// </summary>
internal static class Worker
{
    /// <summary>Its argument; a path of an assembly with targets may follow.</summary>
    public const string Argument = "--worker";

    /// <summary>Answers until there is nothing more to read.</summary>
    public static int Run(string? assembly)
    {
        var targets = (assembly is null ? FuzzTarget.All : FuzzTarget.OfAssembly(Assembly.LoadFrom(assembly))).ToDictionary(target => target.Name);
        using var answers = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        while (Console.In.ReadLine() is { } line)
        {
            var slice = JsonSerializer.Deserialize<Slice>(line)!;
            Run(targets[slice.Target], slice, answers);
        }
        return 0;
    }

    private static void Run(FuzzTarget target, Slice slice, StreamWriter answers)
    {
        using var sandbox = new Sandbox(target);
        // A target's own files come first, twice: code is compiled and tables are filled, and what they must not do counts from then on.
        for (var seed = -target.Seeds.Count; slice.Path is null && seed < 0; seed++)
        {
            answers.WriteLine(seed);
            Trial.Run(target, target.Seeds[-1 - seed], sandbox);
            var verdict = Trial.Run(target, target.Seeds[-1 - seed], sandbox);
            if (verdict.Ending == Ending.Refused)
                verdict = new Verdict(Ending.Failed, "refused", verdict.Detail);
            if (verdict.Ending == Ending.Failed)
                answers.WriteLine(Failed(seed, verdict));
        }
        long loaded = 0, refused = 0;
        for (var number = slice.From; number < slice.From + slice.Count; number++)
        {
            answers.WriteLine(number);
            var mutant = slice.Path is null ? Mutants.Of(target, slice.Seed, number) : Saved(slice.Path);
            var verdict = Trial.Run(target, mutant, sandbox);
            (loaded, refused) = (loaded + (verdict.Ending == Ending.Loaded ? 1 : 0), refused + (verdict.Ending == Ending.Refused ? 1 : 0));
            if (verdict.Ending == Ending.Failed)
                answers.WriteLine(Failed(number, verdict));
        }
        answers.WriteLine(JsonSerializer.Serialize(new Answer(true, 0, "", "", loaded, refused)));
    }

    private static Specimen Saved(string path) =>
        Directory.Exists(path) ? Specimen.OfFolder(path) : new Specimen(Path.GetFileName(path), File.ReadAllBytes(path));

    private static string Failed(long number, Verdict verdict) =>
        JsonSerializer.Serialize(new Answer(false, number, verdict.Kind, verdict.Detail, 0, 0));
}

/// <summary>What a worker is asked: mutants of a target, or one that was saved.</summary>
internal sealed record Slice(string Target, int Seed, long From, long Count, string? Path);

/// <summary>What it answers, beside the number that it is about to try: a failure, or that all is done.</summary>
internal sealed record Answer(bool Done, long Number, string Kind, string Detail, long Loaded, long Refused);
