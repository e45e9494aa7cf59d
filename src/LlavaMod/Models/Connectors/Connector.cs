using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Models.Connectors;

/// <summary>Names a connector in recipes and in config.json's <c>mm_projector_type</c>.</summary>
public sealed class ConnectorAttribute(string name) : CatalogEntryAttribute(name);

/// <summary>From the tower's features to the language model's embeddings.</summary>
public abstract class Connector
{
    /// <summary>
    /// Adds the connector's parameters to a model, and gives its function: features [images, patches, vision width] to
    /// [images, tokens, language width].
    /// </summary>
    /// <exception cref="UserError">The connector's options do not go with these widths.</exception>
    public abstract Func<Tensor, Tensor> Build(ParameterScope scope, long visionWidth, long languageWidth);

    /// <summary>Tokens that one image takes in the language model.</summary>
    /// <param name="features">Features that the tower gives of it.</param>
    public virtual int Tokens(int features) => features;
}
