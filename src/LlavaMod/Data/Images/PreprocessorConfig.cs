using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlavaMod.Data.Images;

/// <summary>preprocessor_config.json with the keys of CLIPImageProcessor or SiglipImageProcessor.</summary>
internal sealed class PreprocessorConfig
{
    private const long SizeLimit = 1 << 20;
    private const int MaxSide = 4096, Bicubic = 3;

    private readonly JsonObject json;
    private readonly string path;

    private PreprocessorConfig(string path) => (this.path, json) = (path, JsonFile.ReadObject(path, SizeLimit));

    /// <inheritdoc cref="ImagePreprocessor.Load"/>
    public static ImagePreprocessor Read(string path) => new PreprocessorConfig(path).ToPreprocessor();

    /// <summary>The text of a configuration from which <see cref="Read"/> reads the same steps.</summary>
    public static string Write(ImagePreprocessor steps)
    {
        var square = new JsonObject { ["height"] = steps.Size, ["width"] = steps.Size };
        var json = new JsonObject
        {
            ["image_processor_type"] = steps.Stretch ? "SiglipImageProcessor" : "CLIPImageProcessor",
            ["do_resize"] = true,
            ["size"] = steps.Stretch ? square.DeepClone() : new JsonObject { ["shortest_edge"] = steps.ShortestEdge ?? steps.Size },
            ["resample"] = Bicubic,
            ["do_rescale"] = true,
            ["rescale_factor"] = steps.RescaleFactor,
            ["do_normalize"] = true,
            ["image_mean"] = Values(steps.Mean),
            ["image_std"] = Values(steps.Deviation),
        };
        if (!steps.Stretch)
        {
            json["do_center_crop"] = true;
            json["crop_size"] = square;
        }
        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    private static JsonArray Values(ChannelValues values) => [values.Red, values.Green, values.Blue];

    private ImagePreprocessor ToPreprocessor()
    {
        if (!Flag("do_resize"))
            throw Unsupported("do_resize", "towers see pictures of one size");
        if (Number("resample", Bicubic) != Bicubic)
            throw Unsupported("resample", "only 3, bicubic, is");
        var defaults = new ImagePreprocessor { Size = 224 };
        var steps = defaults with
        {
            RescaleFactor = Flag("do_rescale") ? Number("rescale_factor", defaults.RescaleFactor) : 1,
            Mean = Flag("do_normalize") ? Channels("image_mean", defaults.Mean) : default,
            Deviation = Flag("do_normalize") ? Channels("image_std", defaults.Deviation) : new ChannelValues(1, 1, 1),
        };
        if (steps.Deviation is not { Red: > 0, Green: > 0, Blue: > 0 })
            throw Unsupported("image_std", "three numbers above 0 are");
        return json["size"] is JsonObject size && size.ContainsKey("height") ? Stretched(steps) : Cropped(steps);
    }

    private ImagePreprocessor Stretched(ImagePreprocessor steps)
    {
        var size = Square("size", steps.Size);
        if (json.ContainsKey("do_center_crop") && Flag("do_center_crop") && Square("crop_size", size) != size)
            throw Unsupported("crop_size", "with a size of height and width, only the same crop is");
        return steps with { Size = size, Stretch = true };
    }

    private ImagePreprocessor Cropped(ImagePreprocessor steps)
    {
        var edge = json["size"] is JsonObject size ? Side(size["shortest_edge"], "size.shortest_edge", steps.Size) : Square("size", steps.Size);
        if (!Flag("do_center_crop"))
            throw Unsupported("do_center_crop", "pictures of which only the shorter side is fixed differ in size");
        var crop = Square("crop_size", steps.Size);
        return crop <= edge
            ? steps with { Size = crop, ShortestEdge = edge }
            : throw new UserError($"{path}: crop_size {crop} is larger than size {edge}; the crop must fit.");
    }

    // A side, or an object with an equal height and width.
    private int Square(string key, int whenAbsent)
    {
        if (json[key] is not JsonObject sides)
            return Side(json[key], key, whenAbsent);
        int height = Side(sides["height"], key + ".height", 0), width = Side(sides["width"], key + ".width", 0);
        return height == width ? height : throw Unsupported(key, "only squares are");
    }

    private int Side(JsonNode? node, string key, int whenAbsent)
    {
        if (node is null && whenAbsent > 0)
            return whenAbsent;
        return node is JsonValue value && value.TryGetValue(out int side) && side is >= 1 and <= MaxSide
            ? side
            : throw new UserError($"{path}: {key} is {node?.ToJsonString() ?? "missing"}, not a whole number from 1 to {MaxSide}.");
    }

    private bool Flag(string key) => json[key] switch
    {
        null => true,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        var other => throw new UserError($"{path}: {key} is {other.ToJsonString()}, not true or false."),
    };

    private double Number(string key, double whenAbsent) => json[key] is { } node ? Number(node, key) : whenAbsent;

    private double Number(JsonNode? node, string key) => node is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number)
        ? number
        : throw new UserError($"{path}: {key} is {node?.ToJsonString() ?? "null"}, not a number.");

    private ChannelValues Channels(string key, ChannelValues whenAbsent) => json[key] switch
    {
        null => whenAbsent,
        JsonArray { Count: 3 } values => new ChannelValues(Number(values[0], key), Number(values[1], key), Number(values[2], key)),
        var other => throw new UserError($"{path}: {key} is {other.ToJsonString()}, not a list of three numbers."),
    };

    private UserError Unsupported(string key, string reason)
        => new($"{path}: {key} {json[key]?.ToJsonString() ?? "(absent)"} is not supported: {reason}.");
}
