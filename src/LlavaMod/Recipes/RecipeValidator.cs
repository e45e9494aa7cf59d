using System.Text.RegularExpressions;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes.Yaml;

namespace LlavaMod.Recipes;

/// <summary>Checks what one key alone does not show: names, references between parts, and combinations that cannot work.</summary>
internal sealed partial class RecipeValidator(Recipe recipe, RecipeParts parts, RecipeErrors errors)
{
    public void Check()
    {
        CheckName("name", recipe.Name);
        foreach (var name in recipe.Data.Keys)
            CheckName($"data.{name}", name);
        foreach (var (name, model) in recipe.Models)
            CheckModel(name, model);
        CheckTokenizer();
        CheckEvaluation();
        CheckUnique(recipe.Stages.Select(stage => ($"stages.{stage.Name}", stage.Name)), "a stage");
        var reported = recipe.Stages.Where(stage => stage.ReportAs is not null);
        CheckUnique(reported.Select(stage => ($"stages.{stage.Name}.report_as", stage.ReportAs!)), "a reported model");
        // A teacher from a folder is reported, too, by its own name.
        foreach (var stage in reported.Where(stage => recipe.Models.TryGetValue(stage.ReportAs!, out var model) && model.Path is not null && recipe.Stages.Any(other => other.Teacher == stage.ReportAs)))
            errors.Add($"stages.{stage.Name}.report_as", $"'{stage.ReportAs}' is a teacher from a folder, which is reported under that name; give another");
        for (var index = 0; index < recipe.Stages.Count; index++)
            new StageValidator(recipe, parts, errors, index).Check();
    }

    /// <summary>Names become file names and parts of <c>--set</c> keys.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    private void CheckName(string path, string name)
    {
        if (name.Length > 0 && !IsName(name))
            errors.Add(path, $"'{name}' is not a name: use up to 64 letters, digits, '-' and '_', beginning with a letter or digit");
    }

    private void CheckUnique(IEnumerable<(string Path, string Name)> named, string what)
    {
        foreach (var group in named.GroupBy(item => item.Name).Where(group => group.Count() > 1 && group.Key.Length > 0))
            errors.Add(group.First().Path, $"'{group.Key}' names {what} twice; give each its own name");
    }

    private void CheckModel(string name, ModelSpec model)
    {
        var path = $"models.{name}";
        CheckName(path, name);
        if (errors.Has(path))
            return;
        if (model.Path is null && model.Language is null)
            errors.Add(path, "needs a path (the folder of a whole model) or a language (and vision and connector); neither is given");
        else if (model.Path is not null && (model.Language ?? model.Vision ?? (object?)model.Connector) is not null)
            errors.Add(path, "has a path (a whole model from a folder) and parts of its own; keep one, and set the other to null");
        else if (model.Vision is null != model.Connector is null)
            errors.Add(path, model.Vision is null ? "has a connector but no vision" : "has vision but no connector, such as mlp2x_gelu");
        if (model.Vision is { } vision)
            CheckVision(name, vision, $"{path}.vision");
    }

    private void CheckVision(string name, VisionSpec vision, string path)
    {
        if (vision is { Path: not null, From: not null })
            errors.Add(path, "has both path and from; set one to null");
        if (vision.From is not { } from)
            return;
        var source = recipe.Stages.FirstOrDefault(stage => stage.Name == from);
        var owner = source?.Model ?? from;
        var first = recipe.Stages.TakeWhile(stage => stage.Model != name).Count();
        if (!recipe.Models.TryGetValue(owner, out var model))
        {
            var known = recipe.Models.Keys.Concat(recipe.Stages.Select(stage => stage.Name));
            errors.Add($"{path}.from", $"'{from}' is neither a model nor a stage; {Nearest.Hint(from, known)}");
        }
        else if (owner == name)
            errors.Add($"{path}.from", "a model cannot take the tower from itself");
        else if (source is not null && !recipe.Stages.Take(first).Contains(source))
            errors.Add($"{path}.from", $"stage '{from}' comes after a stage that already trains '{name}'");
        else if (model is { Path: null, Vision: null })
            errors.Add($"{path}.from", $"model '{owner}' has no vision tower");
        else if (model.Vision?.From is { } further)
            errors.Add($"{path}.from", $"model '{owner}' itself takes its tower from '{further}'; name that instead");
    }

    private void CheckTokenizer()
    {
        if (recipe.Tokenizer is not { } tokenizer)
        {
            var fromFolders = recipe.Models.Values.Any(model => (model.Path ?? model.Language?.Path) is not null);
            if (!fromFolders && !errors.Has("models") && !errors.Has("tokenizer"))
                errors.Add("tokenizer", "is required where no model comes from a folder: {path: FOLDER} or {train: [DATA], vocab_size: N}");
            return;
        }
        if (errors.Has("tokenizer"))
            return;
        if (tokenizer.Path is null == tokenizer.Train is null)
            errors.Add("tokenizer", $"needs exactly one of path and train; {(tokenizer.Path is null ? "neither" : "both")} given");
        foreach (var name in tokenizer.Train ?? [])
            CheckData("tokenizer.train", name);
        if (tokenizer.Train is { Count: 0 })
            errors.Add("tokenizer.train", "names no dataset");
    }

    private void CheckEvaluation()
    {
        if (recipe.Evaluation is not { } evaluation || errors.Has("evaluation"))
            return;
        if (evaluation is { World: null, ExactMatch: null, Benchmarks.Count: 0 })
            errors.Add("evaluation", "measures nothing: give world, exact_match or benchmarks, or set evaluation to null");
        if (evaluation is { World: not null, ExactMatch: not null })
            errors.Add("evaluation", "measures both world and exact_match; keep one, and name the other among benchmarks");
        CheckUnique(evaluation.Benchmarks.Select(benchmark => ($"evaluation.benchmarks.{benchmark.Name}", benchmark.Name)), "a benchmark");
        CheckAgreement(evaluation);
        if (evaluation.ExactMatch is not { } match || !CheckData("evaluation.exact_match.data", match.Data))
            return;
        if (recipe.Data[match.Data].YieldsPairs)
            errors.Add("evaluation.exact_match.data", $"'{match.Data}' holds preference pairs; exact match needs supervised samples");
    }

    private void CheckAgreement(EvaluationSpec evaluation)
    {
        if (evaluation.Benchmarks.FirstOrDefault(benchmark => benchmark.Options is Agreement.Options) is not { } agreement)
            return;
        if (recipe.Stages.All(stage => stage.Teacher is null))
            errors.Add($"evaluation.benchmarks.{agreement.Name}", "compares with a teacher, and no stage has one");
        if (agreement.Options is Agreement.Options { Teacher: not null })
            errors.Add($"evaluation.benchmarks.{agreement.Name}.teacher", "a recipe's models are compared with the teacher of their stages; leave it out");
    }

    private bool CheckData(string path, string name)
    {
        if (recipe.Data.ContainsKey(name))
            return true;
        errors.Add(path, $"there is no dataset '{name}'; {Nearest.Hint(name, recipe.Data.Keys)}");
        return false;
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    private static partial Regex Name();
}
