using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serving.Access;

/// <summary>Keys and audit notes as they are stored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ApiKey))]
[JsonSerializable(typeof(AuditNote))]
internal sealed partial class AccessStateJson : JsonSerializerContext
{
    public static byte[] Write(ApiKey key) => JsonSerializer.SerializeToUtf8Bytes(key, Default.ApiKey);

    public static byte[] Write(AuditNote note) => JsonSerializer.SerializeToUtf8Bytes(note, Default.AuditNote);

    /// <summary>Reads what was written. Throws <see cref="JsonException"/> on anything else.</summary>
    public static ApiKey ReadKey(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.ApiKey) ?? throw new JsonException("A stored key is null.");

    public static AuditNote ReadNote(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.AuditNote) ?? throw new JsonException("A stored audit note is null.");
}
