using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serving.Routing;

/// <summary>The state of routing as it is stored: one form for one state, so that equal states are equal bytes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TrafficState))]
internal sealed partial class RoutingStateJson : JsonSerializerContext
{
    public static byte[] Write(TrafficState state) => JsonSerializer.SerializeToUtf8Bytes(state, Default.TrafficState);

    /// <summary>Reads what <see cref="Write"/> wrote. Throws <see cref="JsonException"/> on anything else.</summary>
    public static TrafficState Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.TrafficState) ?? throw new JsonException("The state of routing is null.");
}
