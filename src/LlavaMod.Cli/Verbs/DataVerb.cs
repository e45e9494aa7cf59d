using System.CommandLine;
using LlavaMod.Cli.Progress;
using LlavaMod.Cli.Results;
using LlavaMod.Data;
using LlavaMod.Data.Checking;
using LlavaMod.Data.Formats;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod data check PATH</c>: every row of a dataset, before it is trained on.</summary>
internal static class DataVerb
{
    private const double CharactersPerToken = 4; // of English text under a byte-level vocabulary, about

    public static Command Create(Terminal terminal)
    {
        var path = new Argument<string?>("PATH") { Arity = ArgumentArity.ZeroOrOne, Description = "A JSON or JSONL file, a .tar shard, or a folder or pattern of shards" };
        var format = new Option<string?>("--format") { HelpName = "NAME", Description = "The format (llavamod list formats) [default: told by the file]" };
        var images = new Option<string?>("--images") { HelpName = "PATH", Description = "The folder, .zip or .tar of its pictures" };
        var recipe = new Option<string?>("--recipe") { HelpName = "FILE", Description = "Instead of PATH: a recipe that names the dataset" };
        var name = new Option<string?>("--name") { HelpName = "NAME", Description = "Which dataset of the recipe" };
        var tokenizer = new Option<string?>("--tokenizer") { HelpName = "DIR", Description = "Count tokens with this folder's tokenizer and template [default: an estimate]" };
        var decode = new Option<bool>("--decode") { Description = "Decode every picture too" };
        var show = new Option<int>("--show") { HelpName = "N", DefaultValueFactory = _ => 20, Description = "How many broken rows to print" };
        var json = new Option<string?>("--json") { HelpName = "FILE", Description = "Write the figures and every broken row, as JSON" };
        var fix = new Option<string?>("--fix") { HelpName = "OUT", Description = "Write the good rows to a new file (a new folder where there are several shards)" };
        var check = new Command("check", "Look at every row: counts, lengths, repeats, missing and broken pictures, broken rows")
        {
            path, format, images, recipe, name, tokenizer, decode, show, json, fix,
        };
        check.SetAction(parse =>
        {
            var source = Source.Of(parse.GetValue(path), parse.GetValue(format), parse.GetValue(images), parse.GetValue(recipe), parse.GetValue(name));
            var outputs = new Outputs(Math.Max(0, parse.GetValue(show)), parse.GetValue(json), parse.GetValue(fix));
            return Check(source, parse.GetValue(tokenizer), parse.GetValue(decode), outputs, terminal);
        });
        return new Command("data", "Check a dataset row by row, and keep its good rows") { check };
    }

    /// <summary>What is checked, and what it is called.</summary>
    private sealed record Source(string Path, string Format, Func<IDataset> Open)
    {
        public static Source Of(string? path, string? format, string? images, string? recipe, string? name)
        {
            if (recipe is null)
            {
                if (name is not null) throw new UserError("--name belongs to --recipe FILE, which is missing");
                if (string.IsNullOrEmpty(path)) throw new UserError("give the PATH of a dataset, or --recipe FILE and --name NAME (see llavamod data check --help)");
                var told = format ?? CheckedSource.FormatOf(path);
                return new Source(path, told, () => CheckedSource.Open(path, told, images));
            }
            if ((path ?? format ?? images) is not null) throw new UserError("--recipe says where the dataset is; leave out PATH, --format and --images");
            var data = new RecipeLoader(LibraryParts.All).Load(recipe, []).Data;
            if (name is null || !data.TryGetValue(name, out var spec)) throw new UserError($"--name: {(name is null ? "missing" : $"{recipe} has no dataset '{name}'")}; {Nearest.Hint(name ?? "", data.Keys)}");
            return new Source($"data.{name}", spec.Format, () => CheckedSource.Open(spec));
        }
    }

    private sealed record Outputs(int Show, string? Json, string? Fix);

    private static int Check(Source source, string? tokenizer, bool decode, Outputs outputs, Terminal terminal)
    {
        if (outputs.Fix is { } taken && Path.Exists(taken)) throw new UserError($"--fix: {taken} exists already; give the name of a new file");
        using var dataset = source.Open();
        if (outputs.Fix is not null && dataset is not IStoredRows) throw new UserError($"--fix: format {source.Format} is generated, there is nothing to write");
        terminal.Text.WriteLine($"{source.Path}: {source.Format}, {dataset.Count:N0} rows, hash {dataset.ContentHash}");
        var encoding = tokenizer is null ? null : EncodingFiles.Load(tokenizer, terminal.Text.WriteLine);
        var check = new DataCheck(dataset, encoding is null ? Estimate : turns => encoding.Encode("", turns).InputIds.Length, decode);
        var broken = new List<DataError>();
        DataReport? report = null;
        DataReport Run(Action<DataError> found)
        {
            RowProgress.Run(terminal.Output, TimeProvider.System, "checking", "rows", progress => report = check.Run(done => progress(done, dataset.Count), found, terminal.Stop));
            return report!;
        }

        if (outputs.Json is { } json) AtomicFile.Write(json, stream => DataReportJson.Write(stream, source.Path, source.Format, dataset, found => Run(error => { Keep(error); found(error); })));
        else Run(Keep);
        var text = new DataReportText(dataset, report!, encoding is null ? "estimated, 1 for 4 characters" : $"as {tokenizer} counts them, an image as 1");
        foreach (var line in text.Lines()) terminal.Text.WriteLine(line);
        if (dataset.Images is NoImages && report!.Reasons.Any(reason => reason.Key.EndsWith("is missing", StringComparison.Ordinal)))
            terminal.Text.WriteLine("no pictures were given: --images PATH names their folder, .zip or .tar");
        foreach (var error in broken) terminal.Text.WriteLine(error);
        if (report!.Broken > broken.Count) terminal.Text.WriteLine($"and {report.Broken - broken.Count:N0} more{(outputs.Json is null ? "; --json FILE writes all of them" : $", all in {outputs.Json}")}");
        if (outputs.Fix is not null) Fix((IStoredRows)dataset, report, outputs.Fix, terminal);
        return report.Broken == 0 ? ExitCode.Fine : ExitCode.UserError;

        void Keep(DataError error)
        {
            if (broken.Count < outputs.Show) broken.Add(error);
        }
    }

    private static void Fix(IStoredRows dataset, DataReport report, string path, Terminal terminal)
    {
        if (report.Broken == report.Rows) throw new UserError($"--fix: no row is good, so {path} is not written");
        dataset.Copy(Enumerable.Range(0, report.Rows).Where(row => report.Usable[row]), path);
        terminal.Text.WriteLine($"{path}: {report.Rows - report.Broken:N0} good rows");
    }

    private static int Estimate(IReadOnlyList<Turn> turns) => (int)Math.Ceiling(turns.Sum(turn => turn.Text.Length) / CharactersPerToken);
}
