using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Generation;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Tokenization;

namespace LlavaMod.Stages;

/// <summary>
/// The files beside a model's weights that say how text and pictures reach it: the tokenizer's, preprocessor_config.json, and llavamod.json
/// with what Hugging Face's files have no place for, <c>{"template": {"name": "qwen", ...}, "pad_to_square": true}</c>.
/// </summary>
public static class EncodingFiles
{
    /// <summary>The name of our own file.</summary>
    public const string TemplateFile = "llavamod.json";

    private const long MostBytes = 1 << 20;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
    };

    /// <summary>Every file that <see cref="Load"/> reads, and those of a tokenizer that other programs read.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. TokenizerFiles.Names,
        GenerationConfigFile.FileName, ImagePreprocessor.FileName, TemplateFile,
    ];

    /// <summary>Writes the files into a model's folder.</summary>
    /// <param name="encoding">What to write.</param>
    /// <param name="folder">The folder, which exists.</param>
    /// <param name="withImages">Whether the model has a vision tower.</param>
    public static void Save(SampleEncoding encoding, string folder, bool withImages)
    {
        encoding.Tokenizer.Save(folder);
        var (name, options) = (encoding.TemplateSpec.Name, encoding.TemplateSpec.Options);
        var template = new JsonObject { ["name"] = name };
        if (options is not null)
        {
            foreach (var (key, value) in JsonSerializer.SerializeToNode(options, options.GetType(), Options)!.AsObject()) template[key] = value?.DeepClone();
        }
        var json = new JsonObject { ["template"] = template };
        if (withImages && encoding.Preprocessor is { } preprocessor)
        {
            preprocessor.Save(folder);
            json["pad_to_square"] = preprocessor.PadToSquare;
        }
        AtomicFile.Write(Path.Combine(folder, TemplateFile), json.ToJsonString(Options) + "\n");
    }

    /// <summary>Reads the files of a model's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="report">Is told what was assumed where a folder that others made has no llavamod.json.</param>
    /// <exception cref="UserError">A file is missing or malformed.</exception>
    public static SampleEncoding Load(string folder, Action<string> report)
    {
        var tokenizer = Tokenizer.Load(folder);
        var images = File.Exists(Path.Combine(folder, ImagePreprocessor.FileName)) ? ImagePreprocessor.Load(folder) : null;
        string path = Path.Combine(folder, TemplateFile);
        if (!File.Exists(path))
        {
            var assumed = AssumedEncoding.Of(folder);
            report($"{folder} has no {TemplateFile}: {assumed.Reasons}");
            return new SampleEncoding(tokenizer, assumed.Template, images is null ? null : images with { PadToSquare = assumed.PadToSquare });
        }
        var json = JsonFile.ReadObject(path, MostBytes);
        try
        {
            bool pad = (bool?)json["pad_to_square"] ?? true;
            return new SampleEncoding(tokenizer, Template(json["template"] as JsonObject ?? [], path), images is null ? null : images with { PadToSquare = pad });
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new UserError($"{path}: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private static TemplateSpec Template(JsonObject json, string path)
    {
        string name = (string?)json["name"] ?? throw new UserError($"{path}: template.name is missing; it names a chat template, such as qwen");
        json.Remove("name");
        var options = Catalog<ChatTemplate>.Find(name).OptionsType;
        return new TemplateSpec { Name = name, Options = options is null ? null : json.Deserialize(options, Options) };
    }
}
