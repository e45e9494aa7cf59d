using LlavaMod.Models;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Stages.Planning;

/// <summary>
/// Estimates what a recipe takes: parameters from configurations, tokens from some samples of its data, operations by formula, and time from
/// the rate of this machine's matrix products. The data is opened and so checked; no weights are read and nothing is written.
/// </summary>
public sealed class RecipePlan : IDisposable
{
    private readonly Recipe recipe;
    private readonly DType dtype;
    private readonly Datasets datasets;
    private readonly SampleEncoding encoding;
    private readonly ModelConfigs configs;
    private readonly PlannedFeatures features;
    private readonly MatmulRate rate = new();
    private readonly Dictionary<string, ModelCost> costs = []; // by model, stage or folder
    private readonly Dictionary<string, (IReadOnlyList<StageSource>, RowSizes)> data = []; // by stage

    /// <summary>Opens the recipe's data and tokenizer.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="report">Told of every row that is left out because it is broken.</param>
    /// <exception cref="UserError">Data, tokenizer or a configuration cannot be read.</exception>
    public RecipePlan(Recipe recipe, Action<string> report)
    {
        this.recipe = recipe;
        dtype = recipe.Precision == Precision.Bf16 ? DType.BFloat16 : DType.Float32;
        datasets = new Datasets(recipe, report);
        encoding = RunEncoding.Sketch(recipe, datasets);
        features = new PlannedFeatures(recipe, DataOf);
        configs = new ModelConfigs(recipe, recipe.Tokenizer is { Train: not null } trained ? trained.VocabSize : encoding.Tokenizer.VocabSize);
    }

    /// <summary>Every stage, in order.</summary>
    public IEnumerable<StagePlan> Stages() => recipe.Stages.Select(Plan);

    /// <summary>
    /// What to change so that a stage fits, the cheapest first: fewer micro-batches at a time, smaller ones, recomputed activations. Each makes the
    /// stage slower, none changes what it learns. The last one's bytes are above the budget where all of them are not enough.
    /// </summary>
    /// <param name="name">The stage.</param>
    /// <param name="budget">Bytes that it may take.</param>
    public IReadOnlyList<MemoryChange> ChangesToFit(string name, double budget)
    {
        var stage = recipe.Stages.Single(stage => stage.Name == name);
        var changes = new List<MemoryChange>();
        double bytes = Plan(stage).Memory.Total;
        foreach (var (setting, changed) in Smaller(stage))
        {
            if (bytes <= budget) break;
            double then = Plan(changed).Memory.Total;
            if (then >= bytes) continue;
            bytes = then;
            // A later step of the same setting takes the place of an earlier one.
            changes.RemoveAll(change => change.Setting.Split('=')[0] == setting.Split('=')[0]);
            changes.Add(new MemoryChange(setting, bytes));
        }
        return changes;
    }

    private static IEnumerable<(string Setting, StageSpec Stage)> Smaller(StageSpec stage)
    {
        if (stage.ParallelMicroBatches > 1)
        {
            stage = stage with { ParallelMicroBatches = 1 };
            yield return ($"stages.{stage.Name}.parallel_micro_batches=1", stage);
        }
        for (int size = stage.MicroBatchSize / 2; size > 0; size /= 2)
        {
            if (stage.BatchSize % size != 0) continue;
            stage = stage with { MicroBatchSize = size };
            yield return ($"stages.{stage.Name}.micro_batch_size={size}", stage);
        }
        if (stage.ActivationCheckpointing) yield break;
        yield return ($"stages.{stage.Name}.activation_checkpointing=true", stage with { ActivationCheckpointing = true });
    }

    private StagePlan Plan(StageSpec stage)
    {
        var (sources, rows) = DataOf(stage);
        var objectives = stage.Objectives.Select(spec => Catalog<Objective>.Create(spec.Name, spec.Options)).ToArray();
        var student = Cost(stage.Name);
        var teacher = stage.TeacherCache is null && objectives.OfType<TokenObjective>().Any(objective => objective.NeedsTeacher) ? Cost(stage.Teacher!) : null;
        var reference = Reference(stage, objectives);
        var work = new StageWork(stage, rows, Parts(stage), Positions(rows, objectives), objectives.OfType<PreferenceObjective>().Any(objective => objective.UsesBatchStatistics));
        int steps = stage.StepsOver(StageData.CountOf(sources));
        // Every image goes through a frozen tower once.
        double images = Math.Min((double)steps * stage.BatchSize, sources.Sum(source => (double)source.Rows)) * rows.Images;
        double ownFlops = steps * (work.Student(student) + work.Tower(student)) + (work.TrainsTower ? 0 : student.Tower(images));
        double otherFlops = steps * (work.Teacher(teacher) + work.Reference(reference));
        return new StagePlan(
            stage.Name, student.Size, student.SizeOf(work.Trained).Total, steps, stage.BatchSize * rows.Tokens, ownFlops + otherFlops,
            Memory(stage, work, student, teacher, reference, objectives),
            ownFlops / RateOf(student, work) + (otherFlops > 0 ? otherFlops / RateOf(teacher ?? reference!, work) : 0));
    }

    private (IReadOnlyList<StageSource> Sources, RowSizes Rows) DataOf(StageSpec stage)
    {
        if (data.TryGetValue(stage.Name, out var known)) return known;
        var sources = StageSource.Of(stage, datasets, recipe.Seed);
        return data[stage.Name] = (sources, RowSizes.Of(sources, encoding, stage.MaxLength, configs.Of(stage.Name).TokensPerImage));
    }

    private ModelCost Cost(string name, LlavaConfig? config = null)
    {
        if (!costs.TryGetValue(name, out var cost)) costs[name] = cost = new ModelCost(config ?? configs.Of(name), dtype);
        return cost;
    }

    private double RateOf(ModelCost model, StageWork work) =>
        rate.Of((long)work.MicroBatchTokens, model.Config.Language.HiddenSize, model.Config.Language.IntermediateSize, dtype);

    private MemoryPlan Memory(StageSpec stage, StageWork work, ModelCost student, ModelCost? teacher, ModelCost? reference, Objective[] objectives)
    {
        // A run holds its frozen towers to its end; a stage that trains one has its own beside them, and so has a reference from a folder.
        double towers = features.TowersAt(stage).Sum(tower => Cost(tower).TowerBytes) + (work.TrainsTower ? student.TowerBytes : 0);
        if (stage.Reference is not (null or "teacher" or "start")) towers += reference?.TowerBytes ?? 0;
        double others = (teacher?.OtherBytes ?? 0) + (stage.Reference == "teacher" && teacher is not null ? 0 : reference?.OtherBytes ?? 0);
        var step = new StepMemory(work, student, teacher, reference, objectives, dtype);
        return new MemoryPlan(
            student.OtherBytes + towers, others, student.OptimizerBytes(work.Trained), Math.Min(VisionFeatures.Budget, features.At(stage) * student.FeatureBytes),
            step.Gradients, step.Activations, step.Logits, step.Highest);
    }

    private ModelCost? Reference(StageSpec stage, Objective[] objectives)
    {
        if (!objectives.Any(objective => objective is PreferenceObjective)) return null;
        return stage.Reference switch
        {
            "teacher" => Cost(stage.Teacher!),
            "start" => Cost(stage.Start!),
            { } path => Cost(path, Checkpoints.ModelConfigFile.Read(Path.Combine(path, Checkpoints.ModelFolder.ConfigFile))),
            null => throw new UserError($"stages.{stage.Name}.reference: a preference objective needs one: teacher, start or a model folder"),
        };
    }

    // The positions of a sample at which objectives want logits; equal scopes share them.
    private static double Positions(RowSizes rows, Objective[] objectives)
    {
        var scopes = objectives.OfType<TokenObjective>().SelectMany(objective => objective.Scope.Keys).Distinct();
        if (objectives.Any(objective => objective is PreferenceObjective)) scopes = scopes.Append(TokenScope.Response).Distinct();
        return scopes.Sum(scope => scope switch
        {
            TokenScope.Response => rows.Response,
            TokenScope.Prompt => rows.Text - rows.Response,
            TokenScope.Visual => rows.Visual,
            _ => rows.Tokens,
        });
    }

    private static ModelPart Parts(StageSpec stage) =>
        stage.Train.Aggregate(ModelPart.None, (all, part) => all | Enum.Parse<ModelPart>(part.ToString()));

    /// <summary>Closes the data.</summary>
    public void Dispose()
    {
        foreach (var cost in costs.Values) cost.Dispose();
        datasets.Dispose();
    }
}
