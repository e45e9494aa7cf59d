using System.Text.Encodings.Web;
using System.Text.Json;
using LlavaMod.Data;

namespace LlavaMod.Tokenization;

/// <summary>vocab.json: one object, token strings to ids.</summary>
internal static class VocabularyFile
{
    /// <summary>Reads the vocabulary.</summary>
    /// <exception cref="UserError">Not such an object, a repeated token or id, ids with gaps, or a byte without a token.</exception>
    public static Vocabulary Read(string path)
    {
        var vocabulary = Order(ReadIds(path), path);
        RequireBytes(vocabulary, path);
        return vocabulary;
    }

    /// <summary>Refuses a vocabulary in which a byte has no token.</summary>
    public static void RequireBytes(Vocabulary vocabulary, string path)
    {
        for (var value = 0; value < 256; value++)
            if (ByteAlphabet.Char((byte)value) is var letter && vocabulary.IdOf([letter]) < 0)
                throw new UserError($"{path} has no token for the byte {value} (spelled '{letter}'); is it byte-level?");
    }

    /// <summary>The file with the first <paramref name="count"/> tokens.</summary>
    public static byte[] Write(Vocabulary vocabulary, int count)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            for (var id = 0; id < count; id++)
                writer.WriteNumber(vocabulary.Tokens[id], id);
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static Dictionary<string, int> ReadIds(string path)
    {
        var bytes = BoundedFile.Read(path, TokenizerFiles.SizeLimit);
        try
        {
            return ReadIds(bytes, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UserError($"{path} is not valid JSON: {e.Message}", e);
        }
    }

    private static Dictionary<string, int> ReadIds(byte[] bytes, string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(bytes);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new UserError($"{path} does not hold a JSON object of tokens and ids.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var token = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id))
                throw new UserError($"{path}: the token \"{token}\" has no whole number as its id.");
            if (!ids.TryAdd(token, id))
                throw new UserError($"{path} holds the token \"{token}\" twice.");
        }
        reader.Read(); // what follows the object is an error
        return ids;
    }

    /// <summary>Puts tokens in the order of their ids.</summary>
    /// <exception cref="UserError">An id is repeated, or ids have gaps.</exception>
    public static Vocabulary Order(Dictionary<string, int> ids, string path)
    {
        var tokens = new string?[ids.Count];
        foreach (var (token, id) in ids)
        {
            if (id < 0 || id >= tokens.Length)
                throw new UserError($"{path}: the id {id} of \"{token}\" is outside 0 to {tokens.Length - 1}; {tokens.Length} tokens need ids without gaps.");
            if (tokens[id] is { } other)
                throw new UserError($"{path} gives the id {id} to both \"{other}\" and \"{token}\".");
            tokens[id] = token;
        }
        var vocabulary = new Vocabulary();
        foreach (var token in tokens)
            vocabulary.GetOrAdd(token!);
        return vocabulary;
    }
}
