using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Items as a JSON array with one of them a line, so that two results can be compared line by line.</summary>
internal sealed class ScoredItemLines : JsonConverter<IReadOnlyList<ScoredItem>>
{
    private const int MostItems = 1_000_000;

    public override IReadOnlyList<ScoredItem> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("items is no list");
        var items = new List<ScoredItem>();
        var keys = new HashSet<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == MostItems) throw new JsonException($"it has more than {MostItems:N0} items");
            var item = JsonSerializer.Deserialize<ScoredItem>(ref reader, ScoredItem.Options) ?? throw new JsonException("an item is null");
            if (!keys.Add(item.Key)) throw new JsonException($"it has two items '{item.Key}'");
            items.Add(item);
        }
        return items;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<ScoredItem> value, JsonSerializerOptions options)
    {
        var lines = value.Select(item => $"\n    {JsonSerializer.Serialize(item, ScoredItem.Options)}");
        writer.WriteRawValue(value.Count == 0 ? "[]" : $"[{string.Join(',', lines)}\n  ]", skipInputValidation: true);
    }
}
