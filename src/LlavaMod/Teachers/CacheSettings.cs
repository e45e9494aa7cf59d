using System.Security.Cryptography;
using System.Text.Json;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;

namespace LlavaMod.Teachers;

/// <summary>What a teacher cache is of, and how it was made: what does not agree with it in all of this cannot use it.</summary>
/// <param name="Teacher">The teacher's hash: SHA-256 of config.json and weights, in lower-case hex.</param>
/// <param name="Tokenizer">SHA-256 of the tokenizer's words.</param>
/// <param name="Template">SHA-256 of the chat template's name and settings.</param>
/// <param name="Pictures">SHA-256 of how pictures are prepared; <c>none</c> for a teacher of text alone.</param>
/// <param name="MaxLength">Where samples are cut, in tokens.</param>
/// <param name="TokensPerImage">Tokens that a picture takes.</param>
/// <param name="Rows">V: the words over which the distributions are normalised, the first of the teacher's.</param>
/// <param name="Scope">Which positions are held: <c>response</c>.</param>
/// <param name="Tail">What stands for the words beyond the exact ones: <c>sample</c>, <c>renormalise</c> or <c>ghost</c>.</param>
/// <param name="Top">Words that are kept exactly.</param>
/// <param name="Draws">Words that are drawn.</param>
/// <param name="Seed">The seed of the draws.</param>
public sealed record CacheSettings(
    string Teacher, string Tokenizer, string Template, string Pictures, int MaxLength, int TokensPerImage, int Rows, string Scope, string Tail, int Top,
    int Draws, long Seed)
{
    private const int Shown = 12; // digits of a hash

    /// <summary>The scope that caches hold.</summary>
    public const string Response = "response";

    /// <summary>The settings of a cache that is to be made.</summary>
    /// <param name="teacher">The teacher's hash.</param>
    /// <param name="encoding">How samples reach it.</param>
    /// <param name="maxLength">Where they are cut.</param>
    /// <param name="tokensPerImage">Tokens that a picture takes.</param>
    /// <param name="rows">V.</param>
    /// <param name="sampling">What is kept.</param>
    /// <param name="seed">The seed of the draws.</param>
    public static CacheSettings Of(string teacher, SampleEncoding encoding, int maxLength, int tokensPerImage, int rows, CacheSampling sampling, long seed) => new(
        teacher, EncodingHash.Words(encoding.Tokenizer), EncodingHash.Template(encoding.TemplateSpec), EncodingHash.Pictures(encoding.Preprocessor), maxLength,
        tokensPerImage, rows, Response, KeyName.Of(sampling.Tail), sampling.Top, sampling.Draws, seed);

    /// <summary>What is kept.</summary>
    internal CacheSampling Sampling => new(Top, Draws, CacheSampling.TailOf(Tail));

    /// <summary>SHA-256 of all of it.</summary>
    internal byte[] Hash() => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, RunJson.Line));

    /// <summary>The first thing in which a cache is not what is wanted, in words; null where it is.</summary>
    /// <param name="wanted">What is wanted.</param>
    public string? Misfit(CacheSettings wanted)
    {
        var (cached, asked) = (Values(this), Values(wanted));
        string? name = cached.Keys.FirstOrDefault(name => cached[name] != asked[name]);
        return name is null ? null : $"the cache was made with {name} {Short(cached[name])}, here it is {Short(asked[name])}";
    }

    private static string Short(string value) => value.Length == 2 * SHA256.HashSizeInBytes ? value[..Shown] : value;

    private static Dictionary<string, string> Values(CacheSettings settings) =>
        JsonSerializer.SerializeToElement(settings, RunJson.Line).EnumerateObject().ToDictionary(value => value.Name, value => value.Value.ToString());
}
