namespace LlavaMod.Data.Formats;

/// <summary>
/// What a file's name in a shard says: the key, all up to the first dot after the last folder, and the ending. Files of one key that follow
/// each other are a sample.
/// </summary>
/// <param name="Key">Names the sample.</param>
/// <param name="Ending">After the last dot, in lower case.</param>
internal readonly record struct ShardFile(string Key, string Ending)
{
    private static readonly string[] Pictures = ["jpg", "jpeg", "png", "webp", "gif", "bmp"];

    /// <summary>Whether it is a picture, by its ending.</summary>
    public bool IsPicture => Pictures.Contains(Ending);

    /// <summary>Whether it is a caption or a conversation.</summary>
    public bool IsText => Ending is "txt" or "json";

    /// <summary>Null for a name without a key or an ending, which belongs to no sample.</summary>
    public static ShardFile? Of(string name)
    {
        var begin = name.LastIndexOf('/') + 1;
        var dot = name.IndexOf('.', begin);
        return dot > begin && dot < name.Length - 1 ? new ShardFile(name[..dot], name[(name.LastIndexOf('.') + 1)..].ToLowerInvariant()) : null;
    }
}
