using System.Text.Json.Nodes;
using LlavaMod.Data;
using LlavaMod.Tokenization;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>A question of a benchmark, as LLaVA's scripts put it to a model. Id and prompt together are a question's own.</summary>
/// <param name="Id">LLaVA's <c>question_id</c>.</param>
/// <param name="Prompt">What LLaVA's answer files say was asked.</param>
/// <param name="Image">The picture it is about; null without one.</param>
public sealed record BenchmarkQuestion(string Id, string Prompt, BenchmarkImage? Image)
{
    /// <summary>The user's turn; by default the picture, a line end and the prompt.</summary>
    public string Turn { get; init; } = Image is null ? Prompt : $"{ChatTemplate.ImagePlaceholder}\n{Prompt}";

    /// <summary>Its pictures, in the order of their placeholders.</summary>
    public IReadOnlyList<BenchmarkImage> Images { get; init; } = Image is null ? [] : [Image];

    /// <summary>The conversation before it.</summary>
    public IReadOnlyList<Turn> Earlier { get; init; } = [];

    /// <summary>Most new tokens of its answer; null for what the benchmark says.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Whether the id is a number in LLaVA's files, where others look answers up by it.</summary>
    public bool HasNumericId { get; init; }

    /// <summary>What LLaVA's answer file says of the question beyond id and prompt; null for nothing.</summary>
    public JsonObject? Extra { get; init; }
}

/// <summary>A picture of a benchmark.</summary>
/// <param name="Name">Its name in the benchmark's files, for messages.</param>
/// <param name="Read">Reads the encoded file; throws <see cref="UserError"/> where it is missing or too large.</param>
public sealed record BenchmarkImage(string Name, Func<byte[]> Read);
