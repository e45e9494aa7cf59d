namespace LlavaMod.Data.World;

/// <summary>The two sizes of an object: at 56 pixels a small one is 10 pixels across and a large one 16.</summary>
public enum ObjectSize
{
    /// <summary>10/56 of the image's side.</summary>
    Small,

    /// <summary>16/56 of the image's side.</summary>
    Large,
}
