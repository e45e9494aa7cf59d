using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Stages;

/// <summary>
/// Opens the models that a recipe names: as declared, or as an earlier stage left them. Models that look through the same tower share it, over
/// all stages of the run, so that features of a frozen tower are computed once.
/// </summary>
/// <param name="recipe">The recipe.</param>
/// <param name="stageFolder">Where a finished stage has left its model.</param>
/// <param name="vocabSize">Words of the run's tokenizer: rows of new embeddings.</param>
public sealed class StageModels(Recipe recipe, Func<string, string> stageFolder, int vocabSize) : IDisposable
{
    private readonly Dictionary<string, Llava> towerKeepers = []; // a model that owns the tower, by the tower's origin
    private readonly DType dtype = recipe.Precision == Precision.Bf16 ? DType.BFloat16 : DType.Float32;

    /// <summary>Opens a model or the result of a stage. The caller disposes it.</summary>
    /// <param name="name">A model's or stage's name.</param>
    /// <param name="ownTower">Whether the tower is to be trained, and so must be the model's own.</param>
    public Llava Open(string name, bool ownTower = false)
    {
        var tower = ownTower ? null : TowerOf(name);
        return recipe.Stages.Any(stage => stage.Name == name)
            ? ModelFolder.Load(stageFolder(name), dtype, Device.Cpu, tower)
            : Declared(name, recipe.Models[name], tower);
    }

    /// <summary>Opens a model's folder, such as a checkpoint of a stage, with the tower that <paramref name="name"/> looks through.</summary>
    public Llava OpenFolder(string folder, string name, bool ownTower) =>
        ModelFolder.Load(folder, dtype, Device.Cpu, ownTower ? null : TowerOf(name));

    /// <summary>Opens a dense model with its feed-forward layers turned into experts.</summary>
    public Llava OpenUpcycled(string name, UpcycleSpec upcycle, string seed)
    {
        using var dense = Open(name);
        var experts = new ExpertsConfig
        {
            Layers = upcycle.Placement.LayersOf(dense.Config.Language.NumHiddenLayers),
            NumExperts = upcycle.NumExperts,
            TopK = upcycle.TopK,
            CapacityFactor = upcycle.CapacityFactor,
            EvalCapacityFactor = upcycle.CapacityFactor,
            UseResidual = upcycle.Residual,
        };
        return Llava.Build(dense.Config with { Experts = experts }, new Upcycling(new ModelParameters(dense), Seeds.Of(seed)), dtype, Device.Cpu, dense.Tower);
    }

    private Llava Declared(string name, ModelSpec spec, VisionTower? tower)
    {
        if (spec.Path is { } folder) return ModelFolder.Load(folder, dtype, Device.Cpu, tower);
        using var language = StoredIn(spec.Language!.Path);
        using var vision = tower is null ? StoredIn(spec.Vision?.Path) : null;
        var random = new RandomParameters(Seeds.Of($"{recipe.Seed}/{name}"));
        var config = LanguageOf(name, spec.Language) with { Vision = tower?.Config ?? VisionOf(spec.Vision), Connector = spec.Connector?.Name };
        var source = new PartsParameters((IParameterSource?)language ?? random, (IParameterSource?)vision ?? random, random);
        var model = Llava.Build(config, source, dtype, Device.Cpu, tower);
        language?.Complete();
        vision?.Complete(ignored: tensor => !tensor.StartsWith(CheckpointNames.Tower, StringComparison.Ordinal)); // CLIP's text half
        return model;
    }

    private LlavaConfig LanguageOf(string name, LanguageSpec spec)
    {
        if (spec.Path is { } folder) return ModelConfigFile.Read(Path.Combine(folder, ModelFolder.ConfigFile));
        var config = ((LanguageFamily)Catalog<LanguageFamily>.Find(spec.ModelType).Create(spec.Config)).Configure(vocabSize);
        config.Validate($"model {name}");
        return new LlavaConfig { Language = config };
    }

    private static CheckpointParameters? StoredIn(string? folder) =>
        folder is null ? null : new CheckpointParameters(Path.Combine(folder, ModelFolder.WeightsFile));

    internal static VisionConfig? VisionOf(VisionSpec? spec)
    {
        if (spec is null) return null;
        var config = spec.Path is { } path
            ? ModelConfigFile.ReadVision(Path.Combine(path, ModelFolder.ConfigFile))
            : ((VisionFamily)Catalog<VisionFamily>.Find(spec.ModelType).Create(spec.Config)).Config;
        config.Validate("vision");
        return config;
    }

    // The tower that a model or stage looks through; null for text alone, and where the model makes its own.
    private VisionTower? TowerOf(string name)
    {
        string origin = TowerOrigin(name);
        if (towerKeepers.TryGetValue(origin, out var keeper)) return keeper.Tower;
        bool isStage = recipe.Stages.Any(stage => stage.Name == origin);
        if (!isStage && recipe.Models[origin] is { Path: null, Vision: null }) return null;
        return (towerKeepers[origin] = Open(origin, ownTower: true)).Tower;
    }

    // Where the tower's weights were made: the last stage that trained them, or the model that declared them.
    private string TowerOrigin(string name)
    {
        if (recipe.Stages.FirstOrDefault(stage => stage.Name == name) is { } stage)
        {
            return stage.Train.Contains(TrainablePart.Vision) ? stage.Name : TowerOrigin(stage.Start!);
        }
        return recipe.Models[name].Vision?.From is { } other ? TowerOrigin(other) : name;
    }

    /// <summary>Releases the shared towers.</summary>
    public void Dispose()
    {
        foreach (var keeper in towerKeepers.Values) keeper.Dispose();
        towerKeepers.Clear();
    }

    private sealed class PartsParameters(IParameterSource language, IParameterSource vision, IParameterSource connector) : IParameterSource
    {
        public Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer)
        {
            var source = name.StartsWith("model.mm_projector.", StringComparison.Ordinal) ? connector
                : name.StartsWith(CheckpointNames.Tower, StringComparison.Ordinal) ? vision
                : language;
            return source.Find(name, shape, initializer);
        }
    }
}
