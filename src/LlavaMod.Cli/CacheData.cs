using System.CommandLine;
using LlavaMod.Checkpoints;
using LlavaMod.Data.Checking;
using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Teachers;
using LlavaMod.Torch;

namespace LlavaMod.Cli;

/// <summary>The arguments that say which data a teacher is asked about: a file, or a recipe's stage.</summary>
internal sealed class CacheData
{
    private const int UsualLength = 2048; // a stage's

    private readonly Option<string?> data = new("--data") { HelpName = "PATH", Description = "A JSON or JSONL file, a .tar shard, or a folder of shards, as data check takes" };
    private readonly Option<string?> format = new("--format") { HelpName = "NAME", Description = "Its format (llavamod list formats) [default: told by the file]" };
    private readonly Option<string?> images = new("--images") { HelpName = "PATH", Description = "The folder, .zip or .tar of its pictures" };
    private readonly Option<int?> maxLength = new("--max-length") { HelpName = "N", Description = "Where samples are cut, in tokens: the stage's max_length [default: 2048]" };
    private readonly Option<int?> rows = new("--rows") { HelpName = "N", Description = "Words of the distributions: the rows of a student that has fewer than the teacher [default: the teacher's]" };
    private readonly Option<string?> recipe = new("--recipe") { HelpName = "FILE", Description = "Instead of --data: a recipe whose stage says all of that" };
    private readonly Option<string?> stage = new("--stage") { HelpName = "NAME", Description = "Which stage of the recipe" };
    private readonly Option<string[]> set = new("--set") { HelpName = "KEY=VALUE", DefaultValueFactory = _ => [], Description = "Change a setting of the recipe: --set stages.d2d.max_length=512" };

    /// <param name="command">The verb that takes them.</param>
    public CacheData(Command command)
    {
        foreach (var option in (Option[])[data, format, images, maxLength, rows, recipe, stage, set]) command.Add(option);
    }

    /// <summary>Opens the data.</summary>
    /// <exception cref="UserError">The arguments do not go together, or what they name cannot be read.</exception>
    public OpenData Open(ParseResult parse, string teacher, Action<string> report)
    {
        var (file, kind, pictures, length, words) = (parse.GetValue(data), parse.GetValue(format), parse.GetValue(images), parse.GetValue(maxLength), parse.GetValue(rows));
        var encoding = EncodingFiles.Load(teacher, report);
        int most = (int)ModelConfigFile.Read(Path.Combine(teacher, ModelFolder.ConfigFile)).Language.VocabSize;
        if (parse.GetValue(recipe) is { } path)
        {
            if ((file ?? kind ?? pictures) is not null || (length ?? words) is not null)
                throw new UserError("--recipe says which data it is and where it is cut; leave out --data, --format, --images, --max-length and --rows");
            return OfStage(new RecipeLoader(LibraryParts.All).Load(path, parse.GetRequiredValue(set)), path, parse.GetValue(stage), encoding, most, report);
        }
        if (parse.GetValue(stage) is not null || parse.GetRequiredValue(set).Length > 0) throw new UserError("--stage and --set belong to --recipe FILE, which is missing");
        if (string.IsNullOrEmpty(file)) throw new UserError("give --data PATH, or --recipe FILE and --stage NAME (see llavamod cache --help)");
        if (length is < 8 or > 1_000_000) throw new UserError($"--max-length is {length}; it is 8 to 1,000,000");
        if (words is { } asked && (asked < encoding.Tokenizer.VocabSize || asked > most))
            throw new UserError($"--rows is {asked}; the tokenizer has {encoding.Tokenizer.VocabSize} words, and the teacher {most} rows");
        var dataset = CheckedSource.Open(file, kind ?? CheckedSource.FormatOf(file), pictures);
        var source = new CacheSource(Path.GetFileName(Path.TrimEndingDirectorySeparator(file)), dataset, dataset.Count);
        return new OpenData(dataset, [source], encoding, length ?? UsualLength, words ?? most, ModelFolder.StoredType(teacher));
    }

    private static OpenData OfStage(Recipe recipe, string path, string? name, SampleEncoding teacher, int most, Action<string> report)
    {
        var stage = recipe.Stages.FirstOrDefault(stage => stage.Name == name)
            ?? throw new UserError($"--stage: {(name is null ? "missing" : $"{path} has no stage '{name}'")}; {Nearest.Hint(name ?? "", recipe.Stages.Select(stage => stage.Name))}");
        var pictures = teacher.Preprocessor is { } preprocessor ? preprocessor with { PadToSquare = recipe.Image.PadToSquare } : null;
        var encoding = new SampleEncoding(teacher.Tokenizer, recipe.Template, pictures);
        int student = (int)new ModelConfigs(recipe, teacher.Tokenizer.VocabSize).Of(stage.Name).Language.VocabSize;
        var datasets = new Datasets(recipe, report);
        CacheSource[] sources = [.. stage.Data.Select(source => new CacheSource(source.Name, datasets[source.Name], Math.Min(datasets[source.Name].Count, source.Limit ?? int.MaxValue)))];
        return new OpenData(datasets, sources, encoding, stage.MaxLength, Math.Min(most, student), recipe.Precision == Precision.Bf16 ? DType.BFloat16 : DType.Float32);
    }

    /// <summary>Data that is open.</summary>
    /// <param name="Held">What is closed in the end.</param>
    /// <param name="Sources">The samples.</param>
    /// <param name="Encoding">How they reach the teacher.</param>
    /// <param name="MaxLength">Where they are cut.</param>
    /// <param name="Rows">Words of the distributions.</param>
    /// <param name="Type">The type to load the teacher in.</param>
    public sealed record OpenData(IDisposable Held, IReadOnlyList<CacheSource> Sources, SampleEncoding Encoding, int MaxLength, int Rows, DType Type) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => Held.Dispose();
    }
}
