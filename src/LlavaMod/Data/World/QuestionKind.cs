namespace LlavaMod.Data.World;

/// <summary>The kinds of questions, each with one-word answers.</summary>
public enum QuestionKind
{
    /// <summary>"Is there a red circle?" yes or no.</summary>
    Existence,

    /// <summary>"How many squares are there?" zero to five.</summary>
    Count,

    /// <summary>"What colour is the circle?" where there is one circle.</summary>
    Colour,

    /// <summary>"What shape is the red object?" where there is one red object.</summary>
    Shape,

    /// <summary>"Is the red circle left of the blue square?" yes or no.</summary>
    Relation,
}
