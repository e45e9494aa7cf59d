namespace LlavaMod.Data.World;

/// <summary>
/// The three disjoint parts of the world. What a scene shows decides which part it may be in, so no scene of one part is ever drawn for
/// another, whatever the seeds: see <see cref="Scene.SplitOf"/>.
/// </summary>
public enum WorldSplit
{
    /// <summary>Scenes to train on; no held-out kind of object.</summary>
    Train,

    /// <summary>Unseen arrangements of seen kinds of objects.</summary>
    Validation,

    /// <summary>Scenes that show a kind of object (a colour-shape pair) which is in no other split.</summary>
    HeldOut,
}
