using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Models;
using LlavaMod.Models.Connectors;
using LlavaMod.Recipes;

namespace LlavaMod.Checkpoints;

/// <summary>The key of config.json that holds the options of a connector which has some: <c>mm_projector_options</c>.</summary>
internal static class ConnectorSection
{
    /// <summary>The key.</summary>
    public const string Key = "mm_projector_options";

    /// <summary>The options of a connector, with defaults for what is not there; null for a connector without options.</summary>
    public static object? Read(ConfigFile file, string connector) =>
        Catalog<Connector>.Find(connector, file.Path).OptionsType is { } type ? (file.Json[Key] ?? new JsonObject()).Deserialize(type, ConfigFile.Options) : null;

    /// <summary>Adds the options of a connector that has some.</summary>
    public static void Write(JsonObject json, LlavaConfig config)
    {
        if (Catalog<Connector>.Find(config.Connector!).OptionsType is not { } type) return;
        var options = config.ConnectorOptions ?? Activator.CreateInstance(type)!;
        json[Key] = JsonSerializer.SerializeToNode(options, type, ConfigFile.Options);
    }

    /// <summary>Refuses a connector that a layout of others does not know.</summary>
    public static void RequireOfLlava(LlavaConfig config, string layout)
    {
        if (config.Connector is { } name && Catalog<Connector>.Find(name).OptionsType is not null)
            throw new UserError($"layout {layout} has no connector {name}; linear and mlpNx_gelu go there");
    }
}
