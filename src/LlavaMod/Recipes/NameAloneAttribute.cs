namespace LlavaMod.Recipes;

/// <summary>Marks the property of a spec that may stand for the whole in YAML: <c>connector: linear</c>, <c>data: [captions]</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NameAloneAttribute : Attribute;
