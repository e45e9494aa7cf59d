using System.Buffers;

namespace LlavaMod.Tokenization;

/// <summary>
/// Text to token ids and back. A tokenizer is immutable and may be used from many threads at once; any text can be encoded, and decoding gives it
/// back up to the tokenizer's own normalisation.
/// </summary>
public abstract class Tokenizer
{
    /// <summary>Token strings by id, as the tokenizer's own files spell them; added tokens as their plain text.</summary>
    public abstract IReadOnlyList<string> Tokens { get; }

    /// <summary>The number of tokens, added ones included; ids are 0 to <c>VocabSize - 1</c>.</summary>
    public int VocabSize => Tokens.Count;

    /// <summary>The id that ends a text.</summary>
    public abstract int EndOfText { get; }

    /// <summary>The id that fills batches.</summary>
    public abstract int Pad { get; }

    /// <summary>The id that models of this tokenizer see first; null where they see none. <see cref="Encode(string)"/> does not add it.</summary>
    public virtual int? BeginningOfText => null;

    /// <summary>
    /// Loads the tokenizer of a folder in the layout of Hugging Face: tokenizer_config.json and added_tokens.json are read beside it where they are
    /// present.
    /// </summary>
    /// <exception cref="UserError">A file is missing, too large or malformed, or asks for what no tokenizer here does.</exception>
    public static Tokenizer Load(string folder) => new BpeTokenizer(TokenizerFolder.Read(folder));

    /// <summary>Writes the files that <see cref="Load"/> reads, creating the folder where needed.</summary>
    public abstract void Save(string folder);

    /// <summary>The id of a token spelled as in <see cref="Tokens"/>; null where the vocabulary has none.</summary>
    public abstract int? IdOf(string token);

    /// <summary>The ids of <paramref name="text"/>. Nothing is put in front or behind; added tokens in the text are recognised.</summary>
    public int[] Encode(string text)
    {
        var ids = new ArrayBufferWriter<int>(text.Length / 3 + 4);
        Encode(text, ids);
        return ids.WrittenSpan.ToArray();
    }

    /// <summary>Appends the ids of <paramref name="text"/> to <paramref name="ids"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">Where the ids go.</param>
    /// <param name="continues">
    /// Whether the text goes on behind another one, so that what a tokenizer does where a text begins (SentencePiece puts a space there) is left out.
    /// </param>
    public abstract void Encode(ReadOnlySpan<char> text, IBufferWriter<int> ids, bool continues = false);

    /// <summary>The text of <paramref name="ids"/>; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids, each 0 to <c>VocabSize - 1</c>.</param>
    /// <param name="skipSpecial">Whether to leave special tokens out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false);
}
