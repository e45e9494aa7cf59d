using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlavaMod.Data.Images;

/// <summary>
/// preprocessor_config.json with the keys of CLIPImageProcessor or SiglipImageProcessor, and their defaults. What would ask for other steps is
/// refused by name; keys that are no steps are passed over.
/// </summary>
internal sealed class PreprocessorConfig
{
    private const long SizeLimit = 1 << 20;
    private const int MaxSide = 4096, DefaultSide = 224;

    private static readonly string[] Clip = ["CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPFeatureExtractor"];
    private static readonly string[] Siglip = ["SiglipImageProcessor", "SiglipImageProcessorFast"];

    // Pictures are always converted to RGB when they are decoded, as LLaVA does before these steps.
    private static readonly string[] Steps = ["do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb"];

    private readonly JsonObject json;
    private readonly string path;

    private PreprocessorConfig(string path) => (this.path, json) = (path, JsonFile.ReadObject(path, SizeLimit));

    private bool IsSiglip => Siglip.Contains(Processor);

    private string? Processor => (json["image_processor_type"] ?? json["feature_extractor_type"])?.ToString();

    /// <inheritdoc cref="ImagePreprocessor.Load"/>
    public static ImagePreprocessor Read(string path) => new PreprocessorConfig(path).ToPreprocessor();

    /// <summary>The text of a configuration from which <see cref="Read"/> reads the same steps.</summary>
    public static string Write(ImagePreprocessor steps)
    {
        var edge = steps.ShortestEdge ?? steps.Size;
        var json = new JsonObject
        {
            ["image_processor_type"] = steps.Stretch && edge == steps.Size ? "SiglipImageProcessor" : "CLIPImageProcessor",
            ["do_resize"] = true,
            ["size"] = steps.Stretch ? Square(edge) : new JsonObject { ["shortest_edge"] = edge },
            ["resample"] = steps.Kernel.Code,
            ["do_rescale"] = true,
            ["rescale_factor"] = steps.RescaleFactor,
            ["do_normalize"] = true,
            ["image_mean"] = Values(steps.Mean),
            ["image_std"] = Values(steps.Deviation),
        };
        if (!steps.Stretch || edge != steps.Size)
        {
            json["do_center_crop"] = true;
            json["crop_size"] = Square(steps.Size);
        }
        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    private static JsonObject Square(int side) => new() { ["height"] = side, ["width"] = side };

    private static JsonArray Values(ChannelValues values) => [values.Red, values.Green, values.Blue];

    private ImagePreprocessor ToPreprocessor()
    {
        CheckSteps();
        var defaults = new ImagePreprocessor { Size = DefaultSide };
        var half = new ChannelValues(0.5, 0.5, 0.5);
        var steps = defaults with
        {
            Kernel = ReadKernel(),
            RescaleFactor = Flag("do_rescale") ? Number("rescale_factor", defaults.RescaleFactor) : 1,
            Mean = Flag("do_normalize") ? Channels("image_mean", IsSiglip ? half : defaults.Mean) : default,
            Deviation = Flag("do_normalize") ? Channels("image_std", IsSiglip ? half : defaults.Deviation) : new ChannelValues(1, 1, 1),
        };
        if (steps.Deviation is not { Red: > 0, Green: > 0, Blue: > 0 })
            throw Unsupported("image_std", "three numbers above 0 are");
        return IsStretched() ? Stretched(steps) : Cropped(steps);
    }

    private void CheckSteps()
    {
        if (Processor is { } name && !Clip.Contains(name) && !IsSiglip)
            throw new UserError($"{path}: the image processor {name} is not supported; {string.Join(", ", [.. Clip, .. Siglip])} are.");
        foreach (var key in json.Select(entry => entry.Key).Where(key => key.StartsWith("do_", StringComparison.Ordinal)))
            if (Flag(key) && !Steps.Contains(key))
                throw Unsupported(key, $"of the steps, {string.Join(", ", Steps)} are");
        if (!Flag("do_resize"))
            throw Unsupported("do_resize", "towers see pictures of one size");
    }

    private ResampleKernel ReadKernel()
    {
        var code = Number("resample", ResampleKernel.Bicubic.Code);
        return ResampleKernel.All.FirstOrDefault(kernel => kernel.Code == code)
            ?? throw Unsupported("resample", $"{string.Join(", ", ResampleKernel.All.Select(kernel => $"{kernel.Code} ({kernel.Name})"))} are");
    }

    // A side alone is the shorter one for CLIP and both for SigLIP.
    private bool IsStretched() => json["size"] is JsonObject size ? !size.ContainsKey("shortest_edge") : IsSiglip;

    private ImagePreprocessor Stretched(ImagePreprocessor steps)
    {
        var edge = Square("size", DefaultSide);
        var crops = !IsSiglip && json["do_center_crop"] is not null && Flag("do_center_crop"); // SigLIP has no such step
        return WithCrop(steps with { Stretch = true }, edge, crops ? Square("crop_size", edge) : edge);
    }

    private ImagePreprocessor Cropped(ImagePreprocessor steps)
    {
        var edge = json["size"] is JsonObject size ? Side(size["shortest_edge"], "size.shortest_edge", 0) : Side(json["size"], "size", DefaultSide);
        if (json["size"] is JsonObject { Count: > 1 })
            throw Unsupported("size", "shortest_edge alone, or height and width, are");
        if (IsSiglip || !Flag("do_center_crop"))
            throw Unsupported(IsSiglip ? "size" : "do_center_crop", "pictures of which only the shorter side is fixed differ in size");
        return WithCrop(steps, edge, Square("crop_size", DefaultSide));
    }

    private ImagePreprocessor WithCrop(ImagePreprocessor steps, int edge, int crop) => crop <= edge
        ? steps with { Size = crop, ShortestEdge = edge == crop ? null : edge }
        : throw new UserError($"{path}: crop_size {crop} is larger than size {edge}; the crop must fit.");

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
