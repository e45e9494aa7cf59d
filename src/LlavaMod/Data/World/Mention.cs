namespace LlavaMod.Data.World;

/// <summary>An object as a caption names it: "large red circle", or "red circle" where the size is not said.</summary>
public readonly record struct Mention(ObjectSize? Size, ObjectKind Kind)
{
    /// <summary>The words, without an article.</summary>
    public override string ToString() => Size is { } size ? $"{size.Word()} {Kind}" : Kind.ToString();
}
