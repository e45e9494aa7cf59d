using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Recipes;

namespace LlavaMod.Stages;

/// <summary>What the models of a recipe are, by its settings and their folders' config.json: no weights are read.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="vocabSize">Words of the run's tokenizer: rows of new embeddings.</param>
public sealed class ModelConfigs(Recipe recipe, int vocabSize)
{
    /// <summary>The configuration of a model as declared, or as a stage leaves it.</summary>
    /// <exception cref="UserError">A configuration is missing, or says something that is not supported.</exception>
    public LlavaConfig Of(string name)
    {
        if (recipe.Stages.FirstOrDefault(stage => stage.Name == name) is { } stage)
        {
            var start = Of(stage.Start!);
            return stage.Upcycle is { } upcycle ? Upcycling.Configure(start, upcycle) : start;
        }
        var spec = recipe.Models[name];
        if (spec.Path is { } folder) return Read(folder);
        var vision = spec.Vision?.From is { } other ? Of(other).Vision : VisionOf(spec.Vision);
        return LanguageOf(name, spec.Language!) with { Vision = vision, Connector = spec.Connector?.Name, ConnectorOptions = spec.Connector?.Options };
    }

    /// <summary>The configuration of a tower that is not another model's; null for null.</summary>
    internal static VisionConfig? VisionOf(VisionSpec? spec)
    {
        if (spec is null) return null;
        var config = spec.Path is { } path
            ? ModelConfigFile.ReadVision(Path.Combine(path, ModelFolder.ConfigFile))
            : ((VisionFamily)Catalog<VisionFamily>.Find(spec.ModelType).Create(spec.Config)).Config;
        config.Validate("vision");
        return config;
    }

    private LlavaConfig LanguageOf(string name, LanguageSpec spec)
    {
        if (spec.Path is { } folder) return ModelConfigFile.ReadLanguage(Path.Combine(folder, ModelFolder.ConfigFile));
        var config = ((LanguageFamily)Catalog<LanguageFamily>.Find(spec.ModelType).Create(spec.Config)).Configure(vocabSize);
        config.Validate($"model {name}");
        return new LlavaConfig { Language = config };
    }

    private static LlavaConfig Read(string folder) => ModelConfigFile.Read(Path.Combine(folder, ModelFolder.ConfigFile));
}
