using System.Text.Json;
using System.Text.Json.Serialization;
using LlavaMod.Checkpoints;
using LlavaMod.Generation;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Which model was asked a benchmark's questions, and how.</summary>
/// <param name="Path">Its folder, as the user named it.</param>
/// <param name="Sha256">What <see cref="ModelHash"/> gives of it.</param>
/// <param name="Template">The name of the chat template that put the questions.</param>
/// <param name="Decoding">How tokens were chosen, as the options of generation write themselves.</param>
/// <param name="Limit">How many questions were asked, from the first on; null for all.</param>
/// <param name="TeacherSha256">What <see cref="ModelHash"/> gives of the teacher with whom it is compared; null where it is asked alone.</param>
public sealed record AskedModel(
    string Path, string Sha256, string Template, JsonElement Decoding, int? Limit,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TeacherSha256 = null)
{
    /// <summary>A model on disk that answers a benchmark's questions greedily, as LLaVA's scripts let it.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="encoding">How questions are put.</param>
    /// <param name="benchmark">The benchmark, and how many of its questions are asked.</param>
    /// <param name="teacher">The folder of the teacher with whom it is compared; null for none.</param>
    /// <exception cref="UserError">A file is missing or damaged.</exception>
    public static AskedModel Of(string path, SampleEncoding encoding, BenchmarkSpec benchmark, string? teacher = null)
    {
        var decoding = new GenerationOptions { MaxNewTokens = benchmark.Create().MaxNewTokens };
        return new(path, ModelHash.Of(path), encoding.TemplateSpec.Name, JsonSerializer.SerializeToElement(decoding, RunJson.Line), benchmark.Limit, teacher is null ? null : ModelHash.Of(teacher));
    }
}
