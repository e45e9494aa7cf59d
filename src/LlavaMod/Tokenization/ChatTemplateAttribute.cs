namespace LlavaMod.Tokenization;

/// <summary>Names a <see cref="ChatTemplate"/> for recipes.</summary>
/// <param name="name">The name, for example <c>qwen</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ChatTemplateAttribute(string name) : Attribute
{
    /// <summary>The name in recipes.</summary>
    public string Name { get; } = name;

    /// <summary>One line for lists and docs.</summary>
    public required string Summary { get; init; }
}
