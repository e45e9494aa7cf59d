using LlavaMod.Recipes;
using LlavaMod.Tokenization;

namespace LlavaMod.Stages;

/// <summary>
/// Teacher and student must mean the same word by the same id, or distillation compares apples with pears. Tables are compared token by token;
/// rows that only pad an embedding stand for no word and are cut from the logits.
/// </summary>
public static class Vocabularies
{
    private const int MostShown = 10;

    /// <summary>Refuses models whose tokenizer differs from the run's: students, teachers and references, by name or by folder.</summary>
    /// <param name="recipe">The recipe: models from folders bring their own tokenizers.</param>
    /// <param name="tokenizer">The run's tokenizer.</param>
    /// <param name="report">Is told which folders have no tokenizer that could be compared.</param>
    /// <exception cref="UserError">A model's table differs: the count and the first ten differing tokens.</exception>
    public static void Check(Recipe recipe, Tokenizer tokenizer, Action<string> report)
    {
        foreach (var (name, folder) in Folders(recipe).DistinctBy(model => Path.GetFullPath(model.Folder)))
        {
            if (TokenizerFolder.HasTokenizer(folder))
                Compare($"{name} ({folder})", Tokenizer.Load(folder), "the run's tokenizer", tokenizer);
            else
                report($"{name} ({folder}) has no tokenizer beside its weights: that its words are the run's is taken on trust");
        }
    }

    /// <summary>Refuses two tables that differ.</summary>
    /// <exception cref="UserError">They differ: the count and the first ten differing tokens.</exception>
    public static void Compare(string firstName, Tokenizer first, string secondName, Tokenizer second)
    {
        int length = Math.Max(first.VocabSize, second.VocabSize);
        var different = Enumerable.Range(0, length).Where(id => Token(first, id) != Token(second, id)).ToList();
        if (different.Count == 0) return;
        var shown = different.Take(MostShown).Select(id => $"{id}: '{Token(first, id) ?? "none"}' / '{Token(second, id) ?? "none"}'");
        throw new UserError(
            $"{firstName} and {secondName} have different vocabularies: {different.Count} of {length} tokens differ, the first {string.Join(", ", shown)}. " +
            "Distillation needs one vocabulary: take a student of the teacher's family");
    }

    /// <summary>Compares the rows of two models' embeddings, which may both be more than there are words.</summary>
    /// <param name="student">Rows of the student.</param>
    /// <param name="teacher">Rows of the teacher; the student's own where there is none.</param>
    /// <param name="words">Words of the run's tokenizer.</param>
    /// <returns>What is cut, in words; null where nothing is.</returns>
    /// <exception cref="UserError">A model has fewer rows than there are words.</exception>
    public static string? Rows(long student, long teacher, int words)
    {
        if (Math.Min(student, teacher) < words)
        {
            string name = student < words ? "student" : "teacher";
            throw new UserError($"the {name} has embeddings of {Math.Min(student, teacher)} words, and the tokenizer has {words}; they do not belong together");
        }
        if (student == teacher) return null;
        var (larger, least) = student > teacher ? ("student", teacher) : ("teacher", student);
        return $"the {larger} has {Math.Abs(student - teacher)} more rows of embeddings; rows from {least} on pad them, stand for no word and are cut from its logits";
    }

    // Stages start from models of the recipe or from other stages, and are taught by them; a reference may be a folder of its own.
    private static IEnumerable<(string Name, string Folder)> Folders(Recipe recipe)
    {
        var models = recipe.Models.Select(entry => (Name: $"model {entry.Key}", Folder: entry.Value.Path ?? entry.Value.Language?.Path));
        var references = recipe.Stages.Where(stage => stage.Reference is not (null or "teacher" or "start"))
            .Select(stage => (Name: $"the reference of stage {stage.Name}", Folder: stage.Reference));
        return models.Concat(references).Where(model => model.Folder is not null).Select(model => (model.Name, model.Folder!));
    }

    private static string? Token(Tokenizer tokenizer, int id) => id < tokenizer.VocabSize ? tokenizer.Tokens[id] : null;
}
