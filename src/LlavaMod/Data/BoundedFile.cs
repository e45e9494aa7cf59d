namespace LlavaMod.Data;

/// <summary>Whole-file reading that looks at the size before it allocates.</summary>
internal static class BoundedFile
{
    /// <summary>The bytes of the file at <paramref name="path"/>.</summary>
    /// <exception cref="UserError">It is missing, unreadable or larger than <paramref name="limit"/> bytes.</exception>
    public static byte[] Read(string path, long limit)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (file.Length > limit)
                throw new UserError($"{path} has {file.Length:N0} bytes; at most {limit:N0} are read from a file of this kind.");
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserError($"{path} does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UserError($"{path} cannot be read: {e.Message}", e);
        }
    }
}
