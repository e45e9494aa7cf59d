namespace LlavaMod.Evaluation.World;

/// <summary>The parts of the world's benchmark, each scored in its own way.</summary>
public enum WorldPart
{
    /// <summary>Questions of every kind about validation scenes: accuracy.</summary>
    Question,

    /// <summary>Questions about the held-out kind of object in held_out scenes: accuracy.</summary>
    Composition,

    /// <summary>Is a kind of object there? About validation scenes: POPE.</summary>
    Pope,

    /// <summary>Captions of validation scenes: CHAIR.</summary>
    Caption,
}
