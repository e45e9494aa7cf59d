namespace LlavaMod.Data.World;

/// <summary>The shapes of the built-in world, chosen to differ at ten pixels across.</summary>
public enum Shape
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>An upright square.</summary>
    Square,

    /// <summary>A triangle with its apex up.</summary>
    Triangle,

    /// <summary>A plus sign.</summary>
    Cross,

    /// <summary>A narrow square standing on a corner.</summary>
    Diamond,
}
