using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlavaMod.Fuzz.Mutations;

/// <summary>Changes to values, keys and nesting of JSON that keep it JSON.</summary>
internal static class JsonMutations
{
    private const int Deepest = 500;
    private const int Longest = 2000;

    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 2 * Deepest };

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "\"\"", "[]", "{}", "\"..\"", "\"/etc/passwd\"", "\"a\\u0000b\"", "\"\\n\"", "\"<image>\"", "[null]", "{\"\":null}", "1.5",
        "\"1\"", "[[]]", "\"\\ud83d\\ude00\"", "\" \"", "\".\"", "\"/\"",
    ];

    public static IReadOnlyList<Mutation> All { get; } =
    [
        Of(SetValue), Of(SetValue), Of(SetNumber), Of(CopyValue), Of(Remove), Of(Rename), Of(Nest), Of(Lengthen), Of(Escape), Of(Escape), Of(LongText), DuplicateKey,
    ];

    /// <summary>One of them, on a text that is JSON.</summary>
    public static byte[] Any(byte[] file, Random random) => All[random.Next(All.Count)](file, random);

    private static Mutation Of(Action<Place[], Random> edit) => (file, random) =>
    {
        try
        {
            if (JsonNode.Parse(file) is not { } parsed)
                return file;
            var root = new JsonArray(parsed);
            var places = new List<Place>();
            Collect(root, places);
            edit([.. places], random);
            return root[0] is { } result ? Encoding.UTF8.GetBytes(result.ToJsonString(Written)) : "null"u8.ToArray();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return file; // JSON no more, or with texts that are not Unicode
        }
    };

    private static void SetValue(Place[] places, Random random) => Pick(places, random).Value = JsonNode.Parse(Values[random.Next(Values.Length)]);

    private static void SetNumber(Place[] places, Random random)
    {
        var numbers = places.Where(place => place.Value?.GetValueKind() == JsonValueKind.Number).ToArray();
        var text = Integers.NextText(random);
        if (numbers.Length > 0 && text[^1] is >= '0' and <= '9' && !text.StartsWith("0", StringComparison.Ordinal) && !text.Contains('_'))
            Pick(numbers, random).Value = JsonNode.Parse(text);
    }

    private static void CopyValue(Place[] places, Random random) => Pick(places, random).Value = Pick(places, random).Value?.DeepClone();

    private static void Remove(Place[] places, Random random) => Pick(places, random).Remove();

    private static void Rename(Place[] places, Random random)
    {
        var named = places.Where(place => place.Key is not null).ToArray();
        if (named.Length == 0)
            return;
        var (from, to) = (Pick(named, random), Pick(named, random).Key!);
        var parent = (JsonObject)from.Parent;
        var value = from.Value?.DeepClone();
        parent.Remove(from.Key!);
        parent[random.Next(3) == 0 ? to + " " : to] = value;
    }

    private static void Nest(Place[] places, Random random)
    {
        var place = Pick(places, random);
        var value = place.Value?.DeepClone();
        for (var depth = random.Next(4) == 0 ? random.Next(Deepest) : 1; depth > 0; depth--)
            value = random.Next(2) == 0 ? new JsonArray(value) : new JsonObject { ["a"] = value };
        place.Value = value;
    }

    private static void Lengthen(Place[] places, Random random)
    {
        if (Pick(places, random).Value is not JsonArray { Count: > 0 } list)
            return;
        var item = list[random.Next(list.Count)];
        for (var more = random.Next(Longest); more > 0; more--)
            list.Add(item?.DeepClone());
    }

    // Names of files that lie elsewhere.
    private static void Escape(Place[] places, Random random)
    {
        var texts = places.Where(place => place.Value?.GetValueKind() == JsonValueKind.String).ToArray();
        if (texts.Length == 0)
            return;
        var place = Pick(texts, random);
        var name = place.Value!.GetValue<string>();
        place.Value = random.Next(5) switch
        {
            0 => $"../outside/{name}",
            1 => $"{Specimen.Outside}/{name}",
            2 => $"../../outside/{name}",
            3 => $"images/../../outside/{name}",
            _ => $"..\\outside\\{name}",
        };
    }

    private static void LongText(Place[] places, Random random) => Pick(places, random).Value = new string((char)random.Next(32, 300), random.Next(Longest));

    // The only one that JsonNode cannot hold.
    private static byte[] DuplicateKey(byte[] file, Random random)
    {
        var text = Encoding.Latin1.GetString(file);
        var at = text.IndexOf('{', random.Next(text.Length + 1));
        var end = at < 0 ? -1 : text.IndexOf(',', at);
        return end < 0 ? file : ByteMutations.Replaced(file, at + 1, 0, file.AsSpan((at + 1)..(end + 1)));
    }

    private static void Collect(JsonNode node, List<Place> places)
    {
        if (node is JsonArray list)
            for (var i = 0; i < list.Count; i++)
                Add(new Place(node, null, i), places);
        else if (node is JsonObject map)
            foreach (var (key, _) in map)
                Add(new Place(node, key, 0), places);
    }

    private static void Add(Place place, List<Place> places)
    {
        places.Add(place);
        if (place.Value is { } value)
            Collect(value, places);
    }

    private static Place Pick(Place[] places, Random random) => places[random.Next(places.Length)];

    private sealed record Place(JsonNode Parent, string? Key, int Index)
    {
        public JsonNode? Value
        {
            get => Key is null ? Parent[Index] : Parent[Key];
            set
            {
                if (Key is null)
                    Parent[Index] = value;
                else
                    Parent[Key] = value;
            }
        }

        public void Remove()
        {
            if (Parent is JsonObject map)
                map.Remove(Key!);
            else
                ((JsonArray)Parent).RemoveAt(Index);
        }
    }
}
