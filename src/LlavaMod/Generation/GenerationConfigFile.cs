using System.Text.Json.Nodes;
using LlavaMod.Data;

namespace LlavaMod.Generation;

/// <summary>
/// generation_config.json of a model's folder: how its authors sample from it, and which tokens end an answer. Read as transformers reads it: what
/// it says of sampling counts where <c>do_sample</c> is true, and top_k is then 50 where it says nothing.
/// </summary>
/// <param name="Options">Options; greedy where <c>do_sample</c> is not true.</param>
/// <param name="Ends">The ids of <c>eos_token_id</c>, one or a list; none where it says nothing.</param>
public sealed record GenerationConfigFile(GenerationOptions Options, IReadOnlyCollection<int> Ends)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "generation_config.json";

    private const long MostBytes = 1 << 20;
    private const int DefaultTopK = 50, MostEnds = 64;

    // What changes answers, is not done here, and the value with which it changes nothing.
    private static readonly (string Key, double Neutral)[] NotDone =
        [("num_beams", 1), ("no_repeat_ngram_size", 0), ("typical_p", 1), ("penalty_alpha", 0), ("epsilon_cutoff", 0), ("eta_cutoff", 0), ("encoder_repetition_penalty", 1)];

    /// <summary>Reads the file of a folder; greedy options and no ends where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="report">Is told which settings are not followed.</param>
    /// <exception cref="UserError">It is malformed, or a value is out of its range.</exception>
    public static GenerationConfigFile Load(string folder, Action<string> report)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return new GenerationConfigFile(new GenerationOptions(), []);
        var json = JsonFile.ReadObject(path, MostBytes);
        var options = new GenerationOptions
        {
            MaxNewTokens = Whole("max_new_tokens") ?? new GenerationOptions().MaxNewTokens,
            RepetitionPenalty = Number("repetition_penalty") ?? 1,
        };
        if (Flag("do_sample"))
        {
            options = options with
            {
                Temperature = Number("temperature") ?? 1, TopK = Whole("top_k") ?? DefaultTopK, TopP = Number("top_p") ?? 1, MinP = Number("min_p") ?? 0,
            };
        }
        options.Validate(path);
        foreach (var (key, neutral) in NotDone)
        {
            if (Number(key) is { } value && value != neutral) report($"{path}: {key} {value} is not followed");
        }
        return new GenerationConfigFile(options, Ends());

        IReadOnlyCollection<int> Ends()
        {
            if (json["eos_token_id"] is not JsonArray list) return Whole("eos_token_id") is { } one ? [one] : [];
            if (list.Count > MostEnds) throw new UserError($"{path}: eos_token_id lists {list.Count} tokens; at most {MostEnds} end an answer");
            return [.. list.Select(item => Of<int>(item, "eos_token_id", "whole numbers"))];
        }

        double? Number(string key) => json[key] is { } node ? Of<double>(node, key, "a number") : null;
        int? Whole(string key) => json[key] is { } node ? Of<int>(node, key, "a whole number") : null;
        bool Flag(string key) => json[key] is { } node && Of<bool>(node, key, "true or false");
        T Of<T>(JsonNode? node, string key, string kind) => node is JsonValue value && value.TryGetValue(out T? found)
            ? found
            : throw new UserError($"{path}: {key} must be {kind}");
    }
}
