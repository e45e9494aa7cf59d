using LlavaMod.Objectives;
using LlavaMod.Recipes.Yaml;

namespace LlavaMod.Recipes;

/// <summary>Checks one stage against the stages, models and data around it.</summary>
internal sealed class StageValidator(Recipe recipe, RecipeParts parts, RecipeErrors errors, int index)
{
    private readonly StageSpec stage = recipe.Stages[index];
    private readonly string path = $"stages.{(recipe.Stages[index].Name.Length > 0 ? recipe.Stages[index].Name : index)}";
    private List<(string Name, Objective Objective)> objectives = [];

    private IEnumerable<StageSpec> Earlier => recipe.Stages.Take(index);

    private ModelSpec? Model => recipe.Models.GetValueOrDefault(stage.Model);

    public void Check()
    {
        CheckNames();
        CheckStart();
        CheckTeacher();
        CheckData();
        CheckObjectives();
        CheckReference();
        CheckTeacherCache();
        CheckUpcycle();
        CheckTrain();
        CheckBatches();
    }

    private void CheckNames()
    {
        if (stage.Name.Length > 0 && !RecipeValidator.IsName(stage.Name))
            Add("name", $"'{stage.Name}' is not a name: use up to 64 letters, digits, '-' and '_', beginning with a letter or digit");
        if (recipe.Models.ContainsKey(stage.Name))
            Add("name", $"'{stage.Name}' is also the name of a model; name the stage after what it does, for example 'train-{stage.Name}'");
        if (stage.ReportAs is { } report && !RecipeValidator.IsName(report))
            Add("report_as", $"'{report}' is not a name: use up to 64 letters, digits, '-' and '_', beginning with a letter or digit");
        if (Model is null && stage.Model.Length > 0)
            Add("model", $"there is no model '{stage.Model}'; {Nearest.Hint(stage.Model, recipe.Models.Keys)}");
    }

    private void CheckStart()
    {
        if (stage.Start is not { } start || start == stage.Model)
            return;
        var from = recipe.Stages.FirstOrDefault(other => other.Name == start);
        if (from is null)
        {
            var known = Earlier.Where(other => other.Model == stage.Model).Select(other => other.Name).Append(stage.Model);
            Add("start", $"'{start}' is neither an earlier stage nor the stage's own model; {Nearest.Hint(start, known)}");
        }
        else if (!Earlier.Contains(from))
            Add("start", $"stage '{start}' does not come before this one; move it up, or start from another");
        else if (from.Model != stage.Model)
            Add("start", $"stage '{start}' trains model '{from.Model}', not '{stage.Model}'");
    }

    private void CheckTeacher()
    {
        if (stage.Teacher is not { } teacher)
            return;
        var source = recipe.Stages.FirstOrDefault(other => other.Name == teacher);
        if (source is null && !recipe.Models.ContainsKey(teacher))
        {
            var known = recipe.Models.Keys.Concat(Earlier.Select(other => other.Name));
            Add("teacher", $"'{teacher}' is neither a model nor an earlier stage; {Nearest.Hint(teacher, known)}");
        }
        else if (source is not null && !Earlier.Contains(source))
            Add("teacher", $"stage '{teacher}' does not come before this one");
        else if (source is null && recipe.Models[teacher] is { Path: null, Language.Path: null })
            Add("teacher", $"model '{teacher}' is new and no earlier stage trains it; add such a stage, or give it a path");
    }

    private void CheckData()
    {
        foreach (var source in stage.Data.Where(source => source.Name.Length > 0 && !recipe.Data.ContainsKey(source.Name)))
            Add("data", $"there is no dataset '{source.Name}'; {Nearest.Hint(source.Name, recipe.Data.Keys)}");
        CheckNoneTwice("data", stage.Data.Select(source => source.Name));
    }

    private void CheckObjectives()
    {
        objectives = Create();
        CheckNoneTwice("objectives", stage.Objectives.Select(objective => objective.Name));
        var known = stage.Data.Select(source => source.Name).Where(name => recipe.Data.ContainsKey(name) && !errors.Has($"data.{name}")).ToArray();
        var pairs = known.Where(name => recipe.Data[name].YieldsPairs).ToArray();
        var samples = known.Except(pairs).ToArray();
        if (First<PreferenceObjective>() is { } preference)
        {
            if (samples.Length > 0)
                Add("data", $"'{preference}' needs preference pairs, and '{samples[0]}' ({recipe.Data[samples[0]].Format}) holds none");
        }
        else if (pairs.Length > 0 && !errors.Has($"{path}.objectives"))
        {
            Add("data", $"'{pairs[0]}' holds preference pairs, which no objective of this stage reads");
        }
        if (stage.Packing && First<TokenObjective>(objective => objective.IncludesPadding && objective.Scope.ContainsKey(TokenScope.All)) is { } padded)
            Add("packing", $"'{padded}' with reference: true and scope all counts padding, of which packing leaves little; set packing to false");
        if (First<RouterObjective>() is { } experts && IsSparse(stage) == false)
            Add("objectives", $"'{experts}' needs experts, and '{stage.Model}' is dense here; add upcycle, or start from a sparse stage");
    }

    private void CheckReference()
    {
        var teaches = First<TokenObjective>(objective => objective.NeedsTeacher);
        var preference = First<PreferenceObjective>();
        if (preference is not null && stage.Reference is null && !errors.Has($"{path}.reference"))
            Add("reference", $"'{preference}' needs a reference: teacher, start, or the path of a model folder");
        if (preference is null && stage.Reference is not null && !errors.Has($"{path}.objectives"))
            Add("reference", $"is '{stage.Reference}', but no objective of this stage compares with a reference; set it to null");
        if (stage.Teacher is null && teaches is not null && !errors.Has($"{path}.teacher"))
            Add("teacher", $"'{teaches}' needs a teacher: a model or an earlier stage");
        else if (stage.Teacher is null && stage.Reference == "teacher" && !errors.Has($"{path}.teacher"))
            Add("teacher", "the reference is the teacher, and there is none; name a model or an earlier stage");
        var idle = teaches is null && stage.Reference != "teacher" && preference is null == stage.Reference is null;
        if (stage.Teacher is not null && idle && !errors.Has($"{path}.objectives"))
            Add("teacher", $"'{stage.Teacher}' teaches nothing here: no objective needs a teacher; set it to null");
    }

    private void CheckTeacherCache()
    {
        if (stage.TeacherCache is null)
            return;
        if (stage.Teacher is not { } teacher)
            Add("teacher_cache", "there is no teacher that it could be a cache of; name it as the stage's teacher, or set teacher_cache to null");
        else if (recipe.Models.GetValueOrDefault(teacher) is { Path: null })
            Add("teacher_cache", $"teacher '{teacher}' is put together from parts, and a cache is of a model's folder; give the model a path");
        if (First<PreferenceObjective>() is { } preference)
            Add("teacher_cache", $"'{preference}' reads preference pairs, which are not cached; set teacher_cache to null");
        foreach (var (name, objective) in objectives)
        {
            if (objective is TokenObjective { CacheRefusal: { } reason })
                Add($"objectives.{name}", $"'{name}' cannot learn from a teacher cache: {reason}; set teacher_cache to null");
        }
    }

    private void CheckUpcycle()
    {
        if (stage.Upcycle is not { } upcycle || errors.Has($"{path}.upcycle"))
            return;
        if (upcycle.TopK > upcycle.NumExperts)
            Add("upcycle.top_k", $"is {upcycle.TopK}, more than the {upcycle.NumExperts} experts");
        if (StartOf(stage) is { } before && IsSparse(before) == true)
            Add("upcycle", $"the model is already sparse after stage '{before.Name}'");
    }

    private void CheckTrain()
    {
        CheckNoneTwice("train", stage.Train.Select(part => KeyName.Of(part)));
        if (Model is not { } model)
            return;
        if (stage.Train.Contains(TrainablePart.Vision) && model.Vision?.From is { } owner)
            Add("train", $"the vision tower is shared with '{owner}' and frozen; take 'vision' out");
        var pictures = stage.Train.Where(part => part is TrainablePart.Vision or TrainablePart.Connector).ToArray();
        if (model is { Path: null, Vision: null } && pictures.Length > 0)
            Add("train", $"model '{stage.Model}' has no {KeyName.Of(pictures[0])}");
        if (IsSparse(stage) == false && stage.Train.Any(part => part is TrainablePart.Experts or TrainablePart.Routers))
            Add("train", $"model '{stage.Model}' is dense here and has no experts or routers; add upcycle, or start from a sparse stage");
    }

    private void CheckBatches()
    {
        var sized = stage is { BatchSize: > 0, MicroBatchSize: > 0 } && !errors.Has($"{path}.batch_size") && !errors.Has($"{path}.micro_batch_size");
        if (sized && stage.BatchSize % stage.MicroBatchSize != 0)
            Add("micro_batch_size", $"is {stage.MicroBatchSize}, which does not divide the batch_size {stage.BatchSize}");
        else if (sized && !errors.Has($"{path}.parallel_micro_batches") && stage.ParallelMicroBatches > Math.Max(1, stage.BatchSize / stage.MicroBatchSize))
            Add("parallel_micro_batches", $"is {stage.ParallelMicroBatches}, more than the batch's {stage.BatchSize / stage.MicroBatchSize} micro-batches of {stage.MicroBatchSize}; lower it or micro_batch_size");
        if (stage is { ActivationCheckpointing: true, ParallelMicroBatches: > 1 })
            Add("parallel_micro_batches", $"is {stage.ParallelMicroBatches}: activations are recomputed in one backward at a time; leave it out, or set activation_checkpointing to false");
        if (errors.Has($"{path}.epochs") || errors.Has($"{path}.steps") || stage.Epochs is null != stage.Steps is null)
            return;
        Add("", stage.Epochs is null ? "needs epochs or steps" : "has both epochs and steps; set one to null");
    }

    /// <summary>Whether the model has experts in this stage; null where only its files would tell.</summary>
    private bool? IsSparse(StageSpec of)
    {
        for (var current = of; current is not null; current = StartOf(current))
        {
            if (current.Upcycle is not null)
                return true;
        }
        return recipe.Models.GetValueOrDefault(of.Model) is { Path: null } ? false : null;
    }

    /// <summary>The stage that a stage starts from, or null. Only earlier stages count, so chains end.</summary>
    private StageSpec? StartOf(StageSpec of) =>
        recipe.Stages.TakeWhile(other => other != of).FirstOrDefault(other => other.Name == of.Start);

    /// <summary>The name of the stage's first objective of a kind.</summary>
    private string? First<T>(Func<T, bool>? where = null) where T : Objective =>
        objectives.FirstOrDefault(item => item.Objective is T objective && where?.Invoke(objective) != false).Name;

    /// <summary>Makes the objectives, which refuse options that do not go together.</summary>
    private List<(string Name, Objective Objective)> Create()
    {
        var made = new List<(string, Objective)>();
        foreach (var spec in stage.Objectives)
        {
            var entry = parts.Objectives.FirstOrDefault(entry => entry.Name == spec.Name);
            if (entry is null || errors.Has($"{path}.objectives.{spec.Name}"))
                continue;
            try
            {
                made.Add((spec.Name, (Objective)entry.Create(spec.Options)));
            }
            catch (UserError refused)
            {
                Add($"objectives.{spec.Name}", refused.Message);
            }
        }
        return made;
    }

    private void CheckNoneTwice(string key, IEnumerable<string> names)
    {
        foreach (var twice in names.GroupBy(name => name).Where(group => group.Count() > 1))
            Add(key, $"'{twice.Key}' stands twice");
    }

    private void Add(string key, string message) => errors.Add(key.Length > 0 ? $"{path}.{key}" : path, message);
}
