using System.Text.Json;
using System.Text.Json.Serialization;
using Serving.Access.Quotas;

namespace Serving.Access;

/// <summary>Keys and audit notes as they are stored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ApiKey))]
[JsonSerializable(typeof(AuditNote))]
[JsonSerializable(typeof(ModelLimits))]
internal sealed partial class AccessStateJson : JsonSerializerContext
{
    public static byte[] Write(ApiKey key) => JsonSerializer.SerializeToUtf8Bytes(key, Default.ApiKey);

    public static byte[] Write(AuditNote note) => JsonSerializer.SerializeToUtf8Bytes(note, Default.AuditNote);

    public static byte[] Write(ModelLimits limits) => JsonSerializer.SerializeToUtf8Bytes(limits, Default.ModelLimits);

    /// <summary>Reads what was written. Throws <see cref="JsonException"/> on anything else.</summary>
    public static ApiKey ReadKey(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.ApiKey) ?? throw new JsonException("A stored key is null.");

    public static ModelLimits ReadLimits(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.ModelLimits) ?? throw new JsonException("Stored limits are null.");

    public static AuditNote ReadNote(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.AuditNote) ?? throw new JsonException("A stored audit note is null.");
}
