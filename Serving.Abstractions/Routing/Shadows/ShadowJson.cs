using System.Text.Json;

namespace Serving.Routing.Shadows;

/// <summary>The comparison of shadows as JSON.</summary>
public static class ShadowJson
{
    /// <summary>Writes <c>{"shadows": [...]}</c>.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<ShadowReport> shadows)
    {
        json.WriteStartObject();
        json.WriteStartArray("shadows");
        foreach (var shadow in shadows) JsonSerializer.Serialize(json, shadow, RoutingJsonContext.Default.ShadowReport);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
