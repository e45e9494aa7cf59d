using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Teachers;

namespace LlavaMod.Stages;

/// <summary>Opens the teacher cache of a stage, if it is one of this stage's teacher, words and lengths.</summary>
internal static class StageCache
{
    /// <exception cref="UserError">There is none, it is not complete or damaged, or it is of something else.</exception>
    public static TeacherCache Open(StageSpec stage, string teacher, Llava student, SampleEncoding encoding)
    {
        var cache = TeacherCache.Open(stage.TeacherCache!);
        var made = cache.Manifest.Settings;
        if (made.Misfit(Wanted(made, stage, teacher, student, encoding)) is not { } misfit) return cache;
        cache.Dispose();
        throw new UserError($"stages.{stage.Name}.teacher_cache: {Path.Combine(stage.TeacherCache!, CacheManifest.FileName)}: {misfit}; "
            + $"make another with llavamod cache {teacher} --recipe RECIPE --stage {stage.Name} --out DIR");
    }

    // Of pictures there is nothing to compare where one of the models reads text alone.
    private static CacheSettings Wanted(CacheSettings made, StageSpec stage, string teacher, Llava student, SampleEncoding encoding)
    {
        bool sees = made.Pictures != EncodingHash.NoPictures && encoding.Preprocessor is not null;
        long rows = ModelConfigFile.Read(Path.Combine(teacher, ModelFolder.ConfigFile)).Language.VocabSize;
        return made with
        {
            Teacher = ModelHash.Of(teacher),
            Tokenizer = EncodingHash.Words(encoding.Tokenizer),
            Template = EncodingHash.Template(encoding.TemplateSpec),
            Pictures = sees ? EncodingHash.Pictures(encoding.Preprocessor) : made.Pictures,
            MaxLength = stage.MaxLength,
            TokensPerImage = sees && student.TokensPerImage > 0 ? student.TokensPerImage : made.TokensPerImage,
            Rows = (int)Math.Min(rows, student.Config.Language.VocabSize),
        };
    }
}
