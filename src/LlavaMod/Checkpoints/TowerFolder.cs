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

    private const string InRecipe = "in a recipe as models.x.vision.path, beside language.path and connector.path";

    /// <summary>The config.json of the tower that a configuration names; null where it names none.</summary>
    /// <exception cref="UserError">The tower is not on this disk.</exception>
    public static string? ConfigOf(ConfigFile file) => Find(file) is { } folder ? Path.Combine(folder, ModelFolder.ConfigFile) : null;

    /// <summary>The folder of the tower that a configuration names; null where it names none.</summary>
    /// <exception cref="UserError">The tower is not on this disk.</exception>
    public static string? Find(ConfigFile file)
    {
        if (NameIn(file) is not { } name) return null;
        var places = Places(file, name);
        string advice = places.Length == 0 ? $"name its folder {InRecipe}" : $"download its folder to {Path.GetFullPath(places[1])}, or name it {InRecipe}";
        return Array.Find(places, IsModel) ?? throw new UserError($"{file.Path}: the vision tower '{name}' is not in the checkpoint and not on this disk; {advice}");
    }

    /// <summary>The name of the tower that a configuration names without saying its sizes, and that is not on this disk; null where there is none such.</summary>
    public static string? Absent(ConfigFile file) =>
        file.Json["vision_config"] is null && NameIn(file) is { } name && !Array.Exists(Places(file, name), IsModel) ? name : null;

    /// <summary>The folder that has a file: a model's own, or that of the tower that its configuration names; null where neither has.</summary>
    public static string? With(string name, string folder)
    {
        if (File.Exists(Path.Combine(folder, name))) return folder;
        var file = ConfigFile.Read(Path.Combine(folder, ModelFolder.ConfigFile));
        string? tower = file.Checked(() => file.Json["vision_config"] is null && Absent(file) is null ? Find(file) : null);
        return tower is not null && File.Exists(Path.Combine(tower, name)) ? tower : null;
    }

    private static string? NameIn(ConfigFile file) => (string?)(file.Json[Key] ?? file.Json["mm_image_tower"]) is { Length: > 0 } name ? name : null;

    // A configuration from elsewhere must not lead to other files of this disk.
    private static string[] Places(ConfigFile file, string name) => IsInside(name)
        ? [Path.Combine(file.Folder, name), Path.Combine(file.Folder, "..", name), Path.Combine(file.Folder, "..", Path.GetFileName(name))]
        : [];

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ModelFolder.ConfigFile));

    private static bool IsInside(string name) =>
        !Path.IsPathRooted(name) && !name.Contains('\\') && !name.Contains('\0') && name.Split('/').All(part => part is not ("" or "." or ".."));
}
