using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Data;
using LlavaMod.Data.Images;
using LlavaMod.Generation;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Tokenization;

namespace LlavaMod.Export;

/// <summary>The files beside a model's weights that say how text and pictures reach it, on their way into another folder.</summary>
public sealed class EncodingDraft
{
    private const string ConfigFile = "tokenizer_config.json", AddedFile = "added_tokens.json", WholeFile = "tokenizer.json", GenerationFile = GenerationConfigFile.FileName;
    private const long MostBytes = 64 << 20;

    private static readonly string[] Vocabularies = ["vocab.json", WholeFile, "tokenizer.model"];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string folder;
    private readonly string picturesFolder;
    private readonly Dictionary<string, JsonObject> changed = [];

    /// <summary>Reads the files of a model's folder; those that are not there are not written either.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tower">The folder of the model's tower where that is another one: it says how pictures are prepared where the model's does not.</param>
    /// <exception cref="UserError">A file is malformed.</exception>
    internal EncodingDraft(string folder, string? tower)
    {
        this.folder = folder;
        picturesFolder = tower is null || Exists(ImagePreprocessor.FileName) ? folder : tower;
        if (Vocabularies.Any(Exists)) Tokenizer = Tokenizer.Load(folder);
        if (File.Exists(Path.Combine(picturesFolder, ImagePreprocessor.FileName))) Images = ImagePreprocessor.Load(picturesFolder);
        if (Tokenizer is null) return;
        var known = EncodingFiles.Load(folder, said => Assumption = said);
        Template = known.Template;
        PadToSquare = known.Preprocessor?.PadToSquare ?? false;
    }

    /// <summary>The tokenizer as it was; null where the folder has none.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>How conversations are written; null without a tokenizer.</summary>
    public ChatTemplate? Template { get; }

    /// <summary>What was assumed of template and padding where the folder does not say it; null where it does.</summary>
    public string? Assumption { get; private set; }

    /// <summary>How pictures are prepared; null where the folder does not say.</summary>
    public ImagePreprocessor? Images { get; }

    /// <summary>Whether pictures are padded to squares first, which preprocessor_config.json cannot say.</summary>
    public bool PadToSquare { get; }

    /// <summary>The id that ends an answer; null without a tokenizer.</summary>
    public int? EndOfAnswer => Tokenizer is null ? null : Template!.EndOfAnswer(Tokenizer);

    /// <summary>A JSON file as it will be written: that of the folder, or a new one.</summary>
    public JsonObject Json(string name)
    {
        if (!changed.TryGetValue(name, out var json))
            changed[name] = json = Exists(name) ? JsonFile.ReadObject(Path.Combine(folder, name), MostBytes) : [];
        return json;
    }

    /// <summary>The tokenizer's configuration.</summary>
    public JsonObject TokenizerConfig => Json(ConfigFile);

    /// <summary>Adds a special token to every file that lists tokens.</summary>
    public void AddToken(string text, int id)
    {
        JsonObject entry() => new() { ["content"] = text, ["lstrip"] = false, ["normalized"] = false, ["rstrip"] = false, ["single_word"] = false, ["special"] = true };
        if (TokenizerConfig["added_tokens_decoder"] is not JsonObject decoder) TokenizerConfig["added_tokens_decoder"] = decoder = [];
        decoder[$"{id}"] = entry();
        if (Exists(AddedFile)) Json(AddedFile)[text] = id;
        if (!Exists(WholeFile)) return;
        if (Json(WholeFile)["added_tokens"] is not JsonArray tokens) Json(WholeFile)["added_tokens"] = tokens = [];
        var token = entry();
        token.Insert(0, "id", id);
        tokens.Add(token);
    }

    /// <summary>Writes every file.</summary>
    internal void Write(string target)
    {
        foreach (string name in EncodingFiles.Names.Where(name => Exists(name) && name != ImagePreprocessor.FileName && !changed.ContainsKey(name)))
            File.Copy(Path.Combine(folder, name), Path.Combine(target, name));
        if (Images is not null && !changed.ContainsKey(ImagePreprocessor.FileName)) Images.Save(target);
        foreach (var (name, json) in changed) AtomicFile.Write(Path.Combine(target, name), json.ToJsonString(Indented) + "\n");
        if (Tokenizer is not null && !Exists(GenerationFile)) AtomicFile.Write(Path.Combine(target, GenerationFile), Generation(Tokenizer).ToJsonString(Indented) + "\n");
    }

    private JsonObject Generation(Tokenizer tokenizer)
    {
        var json = new JsonObject { ["eos_token_id"] = EndOfAnswer, ["pad_token_id"] = tokenizer.Pad, ["do_sample"] = false };
        if (tokenizer.BeginningOfText is { } beginning) json["bos_token_id"] = beginning;
        return json;
    }

    private bool Exists(string name) => File.Exists(Path.Combine(folder, name));
}
