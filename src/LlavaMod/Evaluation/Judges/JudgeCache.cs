using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LlavaMod.Evaluation.Judges;

/// <summary>
/// Completions on disk, so that a judge is asked and paid once: JSON Lines of <c>{key, completion}</c> that only grow. What a killed process left
/// half written at the end is cut off; anything else that does not belong there is an error.
/// </summary>
public sealed class JudgeCache : IDisposable
{
    private const long MostBytes = 1L << 30;

    private readonly ConcurrentDictionary<string, JsonElement> completions = [];
    private readonly Lock writing = new();
    private readonly FileStream file;

    private JudgeCache(FileStream file) => this.file = file;

    /// <summary>How many completions it holds.</summary>
    public int Count => completions.Count;

    /// <summary>Opens a cache, or begins one.</summary>
    /// <exception cref="UserError">It cannot be opened, is in use by another process, or is no cache.</exception>
    public static JudgeCache Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var cache = new JudgeCache(file);
            cache.Load(path);
            return cache;
        }
        catch (Exception exception)
        {
            file?.Dispose();
            if (exception is IOException or UnauthorizedAccessException)
                throw new UserError($"{path}: the judge's cache cannot be opened: {exception.Message}", exception);
            throw;
        }
    }

    /// <summary>The key of a request: the same server, model, words and settings give the same.</summary>
    /// <param name="url">The server.</param>
    /// <param name="body">The request, which names the model.</param>
    public static string KeyOf(Uri url, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(url.AbsoluteUri + "\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The completion of a key, or null.</summary>
    public JsonElement? Find(string key) => completions.TryGetValue(key, out var completion) ? completion : null;

    /// <summary>Keeps a completion; it is on its way to the disk when this returns.</summary>
    /// <exception cref="IOException">The disk is full, and the like.</exception>
    public void Add(string key, JsonElement completion)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(new { key, completion }), (byte)'\n'];
        lock (writing)
        {
            if (!completions.TryAdd(key, completion)) return;
            file.Write(line);
            file.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Load(string path)
    {
        if (file.Length > MostBytes) throw new UserError($"{path}: the judge's cache has {file.Length:N0} bytes; at most {MostBytes:N0} are read, delete it to begin another");
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        int whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1, number = 0;
        for (int start = 0, length; start < whole; start += length)
        {
            length = bytes.AsSpan(start).IndexOf((byte)'\n') + 1;
            number++;
            if (!TryLoad(bytes.AsMemory(start, length - 1)))
                throw new UserError($"{path}: line {number} is nothing that a judge's cache holds; name another file of reviews, or delete this one to ask again");
        }
        file.SetLength(whole);
    }

    private bool TryLoad(ReadOnlyMemory<byte> line)
    {
        try
        {
            var row = JsonElement.Parse(line.Span);
            if (row.ValueKind != JsonValueKind.Object || !row.TryGetProperty("key", out var key) || key.ValueKind != JsonValueKind.String
                || !row.TryGetProperty("completion", out var value) || JudgeReply.Parse(Encoding.UTF8.GetBytes(value.GetRawText())) is not { } completion) return false;
            completions[key.GetString()!] = completion;
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
