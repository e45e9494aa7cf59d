namespace LlavaMod.Data;

/// <summary>Who speaks in a turn of a conversation.</summary>
public enum Role
{
    /// <summary>The user: prompts, questions, images.</summary>
    Human,

    /// <summary>The model: the supervised text.</summary>
    Assistant,
}

/// <summary>One turn of a conversation. <paramref name="Text"/> may hold the placeholder <c>&lt;image&gt;</c>, once per image.</summary>
public sealed record Turn(Role Role, string Text);

/// <summary>One supervised sample: a conversation about zero or more images, named as the sample's image source names them.</summary>
public sealed record Sample(string Id, IReadOnlyList<string> Images, IReadOnlyList<Turn> Turns);

/// <summary>One preference pair: the same prompt with a chosen and a rejected answer.</summary>
public sealed record PreferencePair(string Id, IReadOnlyList<string> Images, IReadOnlyList<Turn> Chosen, IReadOnlyList<Turn> Rejected);
