using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlavaMod.Data.World;

/// <summary>Samples in LLaVA's JSON layouts, and the facts of a scene.</summary>
internal static class WorldJson
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An array of {id, image, conversations: [{from, value}]}.</summary>
    public static void WriteSamples(string path, IEnumerable<Sample> samples) => WriteArray(path, samples, (json, sample) =>
    {
        json.WriteString("id", sample.Id);
        json.WriteString("image", sample.Images[0]);
        WriteTurns(json, "conversations", sample.Turns);
    });

    /// <summary>An array of {id, image, chosen: [{from, value}], rejected: [...]}, as LLaVA-MoD reads them.</summary>
    public static void WritePairs(string path, IEnumerable<PreferencePair> pairs) => WriteArray(path, pairs, (json, pair) =>
    {
        json.WriteString("id", pair.Id);
        json.WriteString("image", pair.Images[0]);
        WriteTurns(json, "chosen", pair.Chosen);
        WriteTurns(json, "rejected", pair.Rejected);
    });

    /// <summary>One line: image, split, and the objects in reading order.</summary>
    public static string Facts(Scene scene)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("image", scene.ImageName);
            json.WriteString("split", scene.Split.Word());
            json.WriteStartArray("objects");
            foreach (var item in scene.Objects)
                WriteObject(json, item);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteObject(Utf8JsonWriter json, SceneObject item)
    {
        json.WriteStartObject();
        json.WriteString("size", item.Size.Word());
        json.WriteString("colour", item.Kind.Colour.Word());
        json.WriteString("shape", item.Kind.Shape.Word());
        json.WriteNumber("row", item.Row);
        json.WriteNumber("column", item.Column);
        json.WriteNumber("x", Math.Round(item.X, 4));
        json.WriteNumber("y", Math.Round(item.Y, 4));
        json.WriteEndObject();
    }

    private static void WriteArray<T>(string path, IEnumerable<T> items, Action<Utf8JsonWriter, T> writeBody)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, Indented);
        json.WriteStartArray();
        foreach (var item in items)
        {
            json.WriteStartObject();
            writeBody(json, item);
            json.WriteEndObject();
            json.Flush(); // to the file, or the whole array would be held in memory
        }

        json.WriteEndArray();
    }

    private static void WriteTurns(Utf8JsonWriter json, string name, IReadOnlyList<Turn> turns)
    {
        json.WriteStartArray(name);
        foreach (var turn in turns)
        {
            json.WriteStartObject();
            json.WriteString("from", turn.Role == Role.Human ? "human" : "gpt");
            json.WriteString("value", turn.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
