using System.Text.Json;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// Reads a JSON object of long lists, such as COCO's annotations, an element at a time: no more than one element is in memory.
/// </summary>
internal sealed class JsonLists
{
    private const int FirstBuffer = 1 << 16, LargestElement = 1 << 24;
    private const long MostBytes = 2L << 30;

    private readonly string path;
    private readonly Stream stream;
    private byte[] buffer = new byte[FirstBuffer];
    private JsonReaderState state;
    private long total;
    private int start, end; // of the bytes that are not used yet
    private bool complete;

    private JsonLists(string path, Stream stream) => (this.path, this.stream) = (path, stream);

    /// <summary>Is given the UTF-8 of an element.</summary>
    public delegate void Element(ReadOnlySpan<byte> json);

    /// <summary>Reads lists of a published file, compressed or not, and passes over the others.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lists">What is done with the elements of each list, by its name.</param>
    /// <exception cref="UserError">The file cannot be read, is no such object, lacks a list, or an element cannot be taken.</exception>
    public static void Read(string path, IReadOnlyDictionary<string, Element> lists)
    {
        using var stream = PublishedFile.OpenStream(path);
        new JsonLists(path, stream).Read(lists);
    }

    private void Read(IReadOnlyDictionary<string, Element> lists)
    {
        var missing = lists.Keys.ToHashSet();
        if (Next(whole: false, out _) != JsonTokenType.StartObject) throw new UserError($"{path}: is not a JSON object");
        while (Next(whole: false, out var bytes) == JsonTokenType.PropertyName)
        {
            string name = NameIn(bytes);
            if (!lists.TryGetValue(name, out var take)) Pass();
            else if (missing.Remove(name)) TakeAll(name, take);
            else throw new UserError($"{path}: has {name} twice");
        }
        if (missing.Count > 0) throw new UserError($"{path}: has no list named {string.Join(" and none named ", missing)}");
        if (Next(whole: false, out _) != JsonTokenType.None) throw new UserError($"{path}: something follows the JSON object");
    }

    private void TakeAll(string name, Element take)
    {
        if (Next(whole: false, out _) != JsonTokenType.StartArray) throw new UserError($"{path}: {name} is not a list");
        for (int row = 1; Next(whole: true, out var bytes) != JsonTokenType.EndArray; row++)
        {
            try
            {
                take(buffer.AsSpan(bytes));
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                throw new UserError($"{path}: {name}, element {row}: {Reason(exception)}", exception);
            }
        }
    }

    // A list or object may be longer than what is kept in memory, its elements may not.
    private void Pass()
    {
        var first = Next(whole: false, out _);
        if (first == JsonTokenType.StartArray)
        {
            while (Next(whole: true, out _) != JsonTokenType.EndArray)
            {
            }
        }
        else if (first == JsonTokenType.StartObject)
        {
            while (Next(whole: false, out _) != JsonTokenType.EndObject) Next(whole: true, out _);
        }
    }

    // Goes on by a token, or by a whole value where an object or a list begins; None at the end of the file.
    private JsonTokenType Next(bool whole, out Range bytes)
    {
        while (true)
        {
            try
            {
                if (TryNext(whole, out var token, out bytes)) return token;
            }
            catch (JsonException exception)
            {
                throw new UserError($"{path}: not JSON, or cut short: {Reason(exception)}", exception);
            }
            Fill();
        }
    }

    private bool TryNext(bool whole, out JsonTokenType token, out Range bytes)
    {
        (token, bytes) = (JsonTokenType.None, default);
        var reader = new Utf8JsonReader(buffer.AsSpan(start, end - start), complete, state);
        if (!reader.Read()) return complete;
        token = reader.TokenType;
        int begin = start + (int)reader.TokenStartIndex;
        if (whole && !reader.TrySkip()) return false;
        start += (int)reader.BytesConsumed;
        (state, bytes) = (reader.CurrentState, begin..start);
        return true;
    }

    private void Fill()
    {
        int kept = end - start;
        if (kept > LargestElement) throw new UserError($"{path}: an element of more than {LargestElement:N0} bytes; not a benchmark's file");
        var target = kept > buffer.Length / 2 ? new byte[buffer.Length * 2] : buffer;
        buffer.AsSpan(start, kept).CopyTo(target);
        int read = ReadInto(target, kept);
        (buffer, start, end, complete, total) = (target, 0, kept + read, read == 0, total + read);
        if (total > MostBytes) throw new UserError($"{path}: more than {MostBytes:N0} bytes; not a benchmark's file");
    }

    private int ReadInto(byte[] target, int at)
    {
        try
        {
            return stream.Read(target, at, target.Length - at);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new UserError($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private string NameIn(Range bytes)
    {
        var json = buffer.AsSpan(bytes);
        try
        {
            var reader = new Utf8JsonReader(json[..(json.LastIndexOf((byte)'"') + 1)]); // without the colon
            reader.Read();
            return reader.GetString()!;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UserError($"{path}: a name in it is not text: {Reason(exception)}", exception);
        }
    }

    private static string Reason(Exception exception) => exception.Message.Split(" Path: ")[0].Split(" LineNumber:")[0].ReplaceLineEndings(" ");
}
