using LlavaMod.Tokenization.SentencePiece;
using LlavaMod.Tokenization.TokenizerJson;

namespace LlavaMod.Tokenization;

/// <summary>
/// Which tokenizer a folder holds. Where there are several descriptions, tokenizer.json wins, because it alone says everything; then
/// tokenizer.model, then vocab.json with merges.txt. This is the order of Hugging Face's AutoTokenizer.
/// </summary>
internal static class TokenizerFolder
{
    private const string Json = "tokenizer.json", Model = "tokenizer.model", Vocab = "vocab.json";

    /// <summary>Whether the folder holds a tokenizer at all.</summary>
    public static bool HasTokenizer(string folder) => new[] { Json, Model, Vocab }.Any(name => File.Exists(Path.Combine(folder, name)));

    /// <inheritdoc cref="Tokenizer.Load"/>
    public static Tokenizer Read(string folder)
    {
        if (File.Exists(Path.Combine(folder, Json)))
            return TokenizerJsonFile.Read(folder, Json);
        if (File.Exists(Path.Combine(folder, Model)))
            return new SentencePieceTokenizer(SentencePieceFolder.Read(folder, Model));
        if (File.Exists(Path.Combine(folder, Vocab)))
            return new BpeTokenizer(BpeFolder.Read(folder));
        throw new UserError($"{folder} holds no tokenizer: there is neither {Json} nor {Model} nor {Vocab}.");
    }
}
