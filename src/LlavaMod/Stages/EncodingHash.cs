using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlavaMod.Data.Images;
using LlavaMod.Recipes;
using LlavaMod.Tokenization;

namespace LlavaMod.Stages;

/// <summary>What tells ways to encode samples from one another: SHA-256 in lower-case hex.</summary>
internal static class EncodingHash
{
    /// <summary>What stands for a run of text alone.</summary>
    public const string NoPictures = "none";

    /// <summary>Of a tokenizer's words, in order of their ids: what ids mean.</summary>
    public static string Words(Tokenizer tokenizer) => Of(JsonSerializer.Serialize(tokenizer.Tokens));

    /// <summary>Of a template's name and settings, defaults included.</summary>
    public static string Template(TemplateSpec spec)
    {
        var type = Catalog<ChatTemplate>.Find(spec.Name).OptionsType;
        object? options = spec.Options ?? (type is null ? null : Activator.CreateInstance(type));
        return Of($"{spec.Name} {JsonSerializer.Serialize(options)}");
    }

    /// <summary>Of how pictures are prepared.</summary>
    public static string Pictures(ImagePreprocessor? preprocessor) =>
        preprocessor is null ? NoPictures : Of($"{preprocessor.ToJson()} {preprocessor.PadToSquare}");

    private static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
