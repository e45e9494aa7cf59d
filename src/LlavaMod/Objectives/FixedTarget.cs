namespace LlavaMod.Objectives;

/// <summary>A distribution that does not depend on the student.</summary>
internal enum FixedTarget
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The next token.</summary>
    NextToken,

    /// <summary>The teacher's, at the objective's temperature.</summary>
    Teacher,
}
