using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>What one answer contributes to a benchmark's figures, so that two results can be compared question by question.</summary>
/// <param name="Key">The question.</param>
/// <param name="Scored">The contribution, as the benchmark's own type writes it.</param>
/// <param name="Group">Items of one group are drawn together; null where the item stands alone.</param>
public sealed record ScoredItem(string Key, JsonElement Scored, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Group = null)
{
    /// <summary>How contributions are written and read.</summary>
    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };
}
