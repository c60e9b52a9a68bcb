using System.Text.Json;
using System.Text.Json.Serialization;
using Serving.Access;
using Serving.Access.Quotas;

namespace Grains.Access;

/// <summary>Keys, limits, notes and orders as they travel and are kept: as JSON, so that their form may grow without a new wire form.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AccessOrder))]
[JsonSerializable(typeof(IReadOnlyList<ApiKey>))]
[JsonSerializable(typeof(ApiKey))]
[JsonSerializable(typeof(IReadOnlyList<ModelLimits>))]
[JsonSerializable(typeof(AuditEntry[]))]
internal sealed partial class AccessWire : JsonSerializerContext
{
    public static Blob Write(AccessOrder order) => new(JsonSerializer.SerializeToUtf8Bytes(order, Default.AccessOrder));

    public static AccessOrder ReadOrder(Blob json) => JsonSerializer.Deserialize(json.Bytes.Span, Default.AccessOrder)!;

    public static Blob Write(ApiKey key) => new(JsonSerializer.SerializeToUtf8Bytes(key, Default.ApiKey));

    public static ApiKey ReadKey(Blob json) => JsonSerializer.Deserialize(json.Bytes.Span, Default.ApiKey)!;

    public static byte[] Write(IReadOnlyList<ApiKey> keys) => JsonSerializer.SerializeToUtf8Bytes(keys, Default.IReadOnlyListApiKey);

    public static IReadOnlyList<ApiKey> ReadKeys(ReadOnlySpan<byte> json) => json.IsEmpty ? [] : JsonSerializer.Deserialize(json, Default.IReadOnlyListApiKey)!;

    public static byte[] Write(IReadOnlyList<ModelLimits> limits) => JsonSerializer.SerializeToUtf8Bytes(limits, Default.IReadOnlyListModelLimits);

    public static IReadOnlyList<ModelLimits> ReadLimits(ReadOnlySpan<byte> json) =>
        json.IsEmpty ? [] : JsonSerializer.Deserialize(json, Default.IReadOnlyListModelLimits)!;

    public static byte[] Write(AuditEntry[] entries) => JsonSerializer.SerializeToUtf8Bytes(entries, Default.AuditEntryArray);

    public static AuditEntry[] ReadEntries(ReadOnlySpan<byte> json) => json.IsEmpty ? [] : JsonSerializer.Deserialize(json, Default.AuditEntryArray)!;
}
