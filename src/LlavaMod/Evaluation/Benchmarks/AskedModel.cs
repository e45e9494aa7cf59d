using System.Text.Json;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Which model was asked a benchmark's questions, and how.</summary>
/// <param name="Path">Its folder, as the user named it.</param>
/// <param name="Sha256">What <see cref="Checkpoints.ModelHash"/> gives of it.</param>
/// <param name="Template">The name of the chat template that put the questions.</param>
/// <param name="Decoding">How tokens were chosen, as the options of generation write themselves.</param>
/// <param name="Limit">How many questions were asked, from the first on; null for all.</param>
public sealed record AskedModel(string Path, string Sha256, string Template, JsonElement Decoding, int? Limit);
