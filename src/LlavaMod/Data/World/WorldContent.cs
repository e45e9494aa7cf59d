namespace LlavaMod.Data.World;

/// <summary>What the supervised samples of a <see cref="WorldDataset"/> hold; one sample a scene.</summary>
public enum WorldContent
{
    /// <summary>Language-model text without an image: a conversation that opens with the caption, given or asked for, and goes on with questions.</summary>
    Text,

    /// <summary>"Describe the image." and the caption.</summary>
    Captions,

    /// <summary>A conversation of several questions about one image.</summary>
    Questions,

    /// <summary>A conversation of the questions and, first or last, the caption.</summary>
    Mixed,
}
