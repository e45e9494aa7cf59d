namespace LlavaMod.Recipes.Yaml;

/// <summary>Where a piece of a recipe stands.</summary>
/// <param name="File">The file as messages name it, or the <c>--set</c> argument.</param>
/// <param name="Line">Counted from 1; 0 where there are no lines.</param>
/// <param name="Folder">Where relative paths in it start.</param>
internal sealed record YamlSource(string File, int Line, string Folder)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File;
}
