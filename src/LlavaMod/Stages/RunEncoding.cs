using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Tokenization;

namespace LlavaMod.Stages;

/// <summary>Finds or makes what a run encodes its samples with: tokenizer, template, image preprocessing.</summary>
internal static class RunEncoding
{
    private const int SketchTexts = 2000; // of a dataset

    public static SampleEncoding Prepare(Recipe recipe, RunFolder folder, Datasets datasets)
    {
        var template = Catalog<ChatTemplate>.Create(recipe.Template.Name, recipe.Template.Options);
        return new SampleEncoding(TokenizerOf(recipe, folder, datasets, template), recipe.Template, Images(recipe));
    }

    /// <summary>About the same without a run folder: a tokenizer that the run would train is trained on some of the texts.</summary>
    public static SampleEncoding Sketch(Recipe recipe, Datasets datasets)
    {
        var template = Catalog<ChatTemplate>.Create(recipe.Template.Name, recipe.Template.Options);
        var tokenizer = recipe.Tokenizer is { Train: { } names } spec
            ? Train(names.SelectMany(name => Texts(datasets[name], template).Take(SketchTexts)), spec, template)
            : Tokenizer.Load(TokenizerFolder(recipe));
        return new SampleEncoding(tokenizer, recipe.Template, Images(recipe));
    }

    private static BpeTokenizer Train(IEnumerable<string> texts, TokenizerSpec spec, ChatTemplate template) =>
        BpeTokenizer.Train(texts, spec.VocabSize, ["<|endoftext|>", .. template.SpecialTokens]);

    private static Tokenizer TokenizerOf(Recipe recipe, RunFolder folder, Datasets datasets, ChatTemplate template)
    {
        if (recipe.Tokenizer is { Train: { } names } spec)
        {
            // Trained once a run: what is saved is what every later stage and the finished model use.
            if (Directory.Exists(folder.Tokenizer)) return Tokenizer.Load(folder.Tokenizer);
            var trained = Train(names.SelectMany(name => Texts(datasets[name], template)), spec, template);
            AtomicFolder.Write(folder.Tokenizer, trained.Save);
            return trained;
        }
        return Tokenizer.Load(TokenizerFolder(recipe));
    }

    private static string TokenizerFolder(Recipe recipe) =>
        recipe.Tokenizer?.Path ?? recipe.Models.Values.Select(model => model.Path ?? model.Language?.Path).FirstOrDefault(path => path is not null)
        ?? throw new UserError("tokenizer: the recipe names none, and no model of it comes from a folder; give 'path' or 'train'");

    private static IEnumerable<string> Texts(IDataset dataset, ChatTemplate template) => dataset switch
    {
        IDataset<Sample> samples => samples.Usable().SelectMany(row => template.Texts(row.Sample.Turns)),
        IDataset<PreferencePair> pairs => pairs.Usable().SelectMany(row => template.Texts(row.Sample.Chosen).Concat(template.Texts(row.Sample.Rejected))),
        _ => throw new InvalidOperationException($"{dataset.GetType()} holds neither samples nor pairs"),
    };

    private static ImagePreprocessor? Images(Recipe recipe)
    {
        foreach (var model in recipe.Models.Values)
        {
            string? folder = model.Path ?? model.Vision?.Path;
            if (folder is not null && TowerFolder.With(ImagePreprocessor.FileName, folder) is { } place)
            {
                return ImagePreprocessor.Load(place) with { PadToSquare = recipe.Image.PadToSquare };
            }
            int? size = model.Path is { } whole ? ModelConfigFile.Read(Path.Combine(whole, ModelFolder.ConfigFile)).Vision?.ImageSize
                : model.Vision is null or { Path: null, Config: null } ? null
                : ModelConfigs.VisionOf(model.Vision)!.ImageSize;
            if (size is { } side)
            {
                if (recipe.Image.Size is { } wanted && wanted != side)
                    throw new UserError($"image.size is {wanted}, and the vision tower looks at pictures of {side} pixels; leave image.size out, or give both the same");
                return new ImagePreprocessor { Size = recipe.Image.Size ?? side, PadToSquare = recipe.Image.PadToSquare };
            }
        }
        return null;
    }
}
