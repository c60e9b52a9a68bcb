using System.Text.Json;
using System.Text.Json.Serialization;
using Serving.Routing;
using Serving.Routing.Rollouts;
using Serving.Routing.Shadows;

namespace Grains.Routing;

/// <summary>The documents of routing as they travel: as JSON, so that their form may grow without a new wire form.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RolloutSpec))]
[JsonSerializable(typeof(RolloutStatus))]
[JsonSerializable(typeof(RolloutReport))]
[JsonSerializable(typeof(List<ShadowReport>))]
internal sealed partial class RoutingWire : JsonSerializerContext
{
    public static Blob Write(TrafficDocument document)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) TrafficJson.Write(json, document);
        return new Blob(buffer.ToArray());
    }

    public static Blob Write(RolloutSpec spec) => new(JsonSerializer.SerializeToUtf8Bytes(spec, Default.RolloutSpec));

    public static Blob Write(RolloutStatus status) => new(JsonSerializer.SerializeToUtf8Bytes(status, Default.RolloutStatus));

    public static Blob Write(RolloutReport report) => new(JsonSerializer.SerializeToUtf8Bytes(report, Default.RolloutReport));

    public static Blob Write(List<ShadowReport> shadows) => new(JsonSerializer.SerializeToUtf8Bytes(shadows, Default.ListShadowReport));

    public static RolloutSpec ReadSpec(Blob json) => JsonSerializer.Deserialize(json.Bytes.Span, Default.RolloutSpec)!;

    public static RolloutStatus ReadStatus(Blob json) => JsonSerializer.Deserialize(json.Bytes.Span, Default.RolloutStatus)!;

    public static List<ShadowReport> ReadShadows(Blob json) => JsonSerializer.Deserialize(json.Bytes.Span, Default.ListShadowReport)!;

    public static RolloutReport ReadReport(Blob json) => JsonSerializer.Deserialize(json.Bytes.Span, Default.RolloutReport)!;
}
