using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
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
    private readonly Dictionary<string, VisionTower> towers = []; // by their origins
    private readonly FrozenTowers origins = new(recipe);
    private readonly ModelConfigs configs = new(recipe, vocabSize);
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

    /// <summary>The folder of a model that has one, or of a stage's result.</summary>
    public string FolderOf(string name) => recipe.Stages.Any(stage => stage.Name == name) ? stageFolder(name) : recipe.Models[name].Path!;

    /// <summary>Opens a model's folder, such as a checkpoint of a stage, with the tower that <paramref name="name"/> looks through.</summary>
    public Llava OpenFolder(string folder, string name, bool ownTower) =>
        ModelFolder.Load(folder, dtype, Device.Cpu, ownTower ? null : TowerOf(name));

    /// <summary>Opens a dense model with its feed-forward layers turned into experts.</summary>
    public Llava OpenUpcycled(string name, UpcycleSpec upcycle, string seed, bool ownTower = false)
    {
        using var dense = Open(name, ownTower);
        var source = new Upcycling(new ModelParameters(dense), Seeds.Of(seed));
        return Llava.Build(Upcycling.Configure(dense.Config, upcycle), source, dtype, Device.Cpu, ownTower ? null : dense.Tower);
    }

    private Llava Declared(string name, ModelSpec spec, VisionTower? tower)
    {
        if (spec.Path is { } folder) return ModelFolder.Load(folder, dtype, Device.Cpu, tower);
        using var language = StoredIn(spec.Language!.Path);
        using var vision = tower is null ? StoredIn(spec.Vision?.Path) : null;
        using var connector = StoredIn(spec.Connector?.Path);
        var random = Random(name);
        var source = new PartsParameters((IParameterSource?)language ?? random, (IParameterSource?)vision ?? random, (IParameterSource?)connector ?? random);
        var model = Llava.Build(configs.Of(name), source, dtype, Device.Cpu, tower);
        try
        {
            // Each may lie in the folder of a whole model.
            language?.Complete(ignored: tensor => CheckpointNames.IsTower(tensor) || CheckpointNames.IsConnector(tensor));
            vision?.Complete(ignored: IsNotOfTower);
            connector?.Complete(ignored: tensor => !CheckpointNames.IsConnector(tensor));
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private RandomParameters Random(string name) => new(Seeds.Of($"{recipe.Seed}/{name}"));

    // CLIP's text half, or the model that a tower is in.
    private static bool IsNotOfTower(string tensor) => !CheckpointNames.IsTower(tensor);

    private static CheckpointParameters? StoredIn(string? path) => path is null ? null : new CheckpointParameters(path);

    // The tower that a model or stage looks through, without the model around it; null for text alone.
    private VisionTower? TowerOf(string name)
    {
        string origin = origins.Origin(name);
        if (towers.TryGetValue(origin, out var known)) return known;
        if (configs.Of(origin).Vision is not { } config) return null;
        bool isStage = recipe.Stages.Any(stage => stage.Name == origin);
        using var stored = StoredIn(isStage ? stageFolder(origin) : recipe.Models[origin].Path ?? recipe.Models[origin].Vision!.Path);
        var tower = VisionTower.Build(config, (IParameterSource?)stored ?? Random(origin), dtype, Device.Cpu);
        stored?.Complete(ignored: IsNotOfTower);
        return towers[origin] = tower;
    }

    /// <summary>Releases the shared towers.</summary>
    public void Dispose()
    {
        foreach (var tower in towers.Values) tower.Store.Dispose();
        towers.Clear();
    }

    private sealed class PartsParameters(IParameterSource language, IParameterSource vision, IParameterSource connector) : IParameterSource
    {
        public Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer) => SourceOf(name).Find(name, shape, initializer);

        public Tensor? Take(string name, ReadOnlySpan<long> shape, Initializer initializer, DType dtype, Device device) =>
            SourceOf(name).Take(name, shape, initializer, dtype, device);

        private IParameterSource SourceOf(string name) =>
            CheckpointNames.IsConnector(name) ? connector : CheckpointNames.IsTower(name) ? vision : language;
    }
}
