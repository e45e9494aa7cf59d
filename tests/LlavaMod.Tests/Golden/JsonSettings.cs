using System.Text.Json;

namespace LlavaMod.Tests.Golden;

/// <summary>Settings of golden variants, which leave out what is at its default.</summary>
internal static class JsonSettings
{
    public static bool Is(this JsonElement settings, string name) => settings.TryGetProperty(name, out var value) && value.GetBoolean();

    public static double Number(this JsonElement settings, string name, double missing = 0) =>
        settings.TryGetProperty(name, out var value) ? value.GetDouble() : missing;
}
