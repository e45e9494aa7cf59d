namespace LlavaMod.Checkpoints;

/// <summary>
/// A tower that a checkpoint names and does not hold, as the original LLaVA's do. It is looked for on this disk and never fetched: with
/// <c>mm_vision_tower</c> = <c>openai/clip-vit-large-patch14-336</c>, as that path in the checkpoint's folder and beside it, and as
/// <c>clip-vit-large-patch14-336</c> beside it.
/// </summary>
internal static class TowerFolder
{
    /// <summary>The original LLaVA's key.</summary>
    public const string Key = "mm_vision_tower";

    /// <summary>The config.json of the tower that a configuration names; null where it names none.</summary>
    /// <exception cref="UserError">The tower is not on this disk.</exception>
    public static string? ConfigOf(ConfigFile file) => Find(file) is { } folder ? Path.Combine(folder, ModelFolder.ConfigFile) : null;

    /// <summary>The folder of the tower that a configuration names; null where it names none.</summary>
    /// <exception cref="UserError">The tower is not on this disk.</exception>
    public static string? Find(ConfigFile file)
    {
        if ((string?)(file.Json[Key] ?? file.Json["mm_image_tower"]) is not { Length: > 0 } name) return null;
        // A configuration from elsewhere must not lead to other files of this disk.
        string[] places = IsInside(name)
            ? [Path.Combine(file.Folder, name), Path.Combine(file.Folder, "..", name), Path.Combine(file.Folder, "..", Path.GetFileName(name))]
            : [];
        return Array.Find(places, place => File.Exists(Path.Combine(place, ModelFolder.ConfigFile)))
            ?? throw new UserError($"{file.Path}: the vision tower '{name}' is not in the checkpoint and not on this disk"
                + (places.Length == 0
                    ? "; name its folder in a recipe, as models.x.vision.path, beside language.path and connector.path"
                    : $"; download its folder to {Path.GetFullPath(places[1])}, or name it in a recipe, as models.x.vision.path, beside language.path and connector.path"));
    }

    private static bool IsInside(string name) =>
        !Path.IsPathRooted(name) && !name.Contains('\\') && !name.Contains('\0') && name.Split('/').All(part => part is not ("" or "." or ".."));
}
