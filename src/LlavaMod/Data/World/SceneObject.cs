namespace LlavaMod.Data.World;

/// <summary>One object of a scene.</summary>
/// <param name="Kind">Colour and shape.</param>
/// <param name="Size">Small or large.</param>
/// <param name="Row">Row of the 3 x 3 grid, 0 at the top.</param>
/// <param name="Column">Column of the 3 x 3 grid, 0 at the left.</param>
/// <param name="X">Centre, as a fraction of the image's width from the left.</param>
/// <param name="Y">Centre, as a fraction of the image's height from the top.</param>
public sealed record SceneObject(ObjectKind Kind, ObjectSize Size, int Row, int Column, double X, double Y);
