using System.Text.Json;
using Serving.Access.Quotas;
using Serving.Documents;

namespace Serving.Access;

/// <summary>Keys as callers see and send them. Never with a hash.</summary>
public static class KeyJson
{
    /// <summary>Reads what a new key shall be: <c>{"name", "grants": [{"scope": ["infer"], "models": "*"}], "expires_at", "limits"}</c>.</summary>
    public static Outcome<KeySpec> ReadSpec(ReadOnlyMemory<byte> json)
    {
        var faults = new DocumentFaults();
        var fields = DocumentFields.Parse(json, AccessLimits.MaxBytes, faults);
        if (faults.Any) return faults.ToError();

        var name = fields.String("name", AccessLimits.MaxNameLength, required: true);
        if (name is { Length: 0 }) faults.Add("name must not be empty");
        var grants = ReadGrants(fields, "", faults);
        var expires = ReadTime(fields, "expires_at", faults);
        var limits = fields.Object("limits") is { } limited ? QuotaJson.Read(limited, faults) : null;
        fields.RefuseOthers();
        return faults.Any ? faults.ToError() : new KeySpec(name!, grants, expires, limits);
    }

    /// <summary>Reads how to rotate a key: <c>{"overlap_seconds": 3600}</c>; without it, or without a body, the old secret ends at once.</summary>
    public static Outcome<TimeSpan> ReadOverlap(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty) return TimeSpan.Zero;
        var faults = new DocumentFaults();
        var fields = DocumentFields.Parse(json, AccessLimits.MaxBytes, faults);
        var seconds = fields.Integer("overlap_seconds", 0, (long)AccessLimits.MaxOverlap.TotalSeconds) ?? 0;
        fields.RefuseOthers();
        return faults.Any ? faults.ToError() : TimeSpan.FromSeconds(seconds);
    }

    public static void Write(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteStartObject();
        WriteFields(json, key);
        json.WriteEndObject();
    }

    /// <summary>As <see cref="Write(Utf8JsonWriter, ApiKey)"/>, with the token that will not be told again.</summary>
    public static void Write(Utf8JsonWriter json, IssuedKey issued)
    {
        json.WriteStartObject();
        json.WriteString("key", issued.Token);
        WriteFields(json, issued.Key);
        json.WriteEndObject();
    }

    /// <summary>The <c>grants</c> of an object; at least one.</summary>
    internal static IReadOnlyList<AccessGrant> ReadGrants(DocumentFields fields, string prefix, DocumentFaults faults)
    {
        var grants = new List<AccessGrant>();
        foreach (var (item, path) in fields.Objects("grants", AccessLimits.MaxGrants, required: true)) grants.Add(ReadGrant(item, path, faults));
        if (fields.Has("grants") && grants.Count == 0 && !faults.Any) faults.Add($"{prefix}grants must have at least one element");
        return grants;
    }

    /// <summary>A grant; refuses what the caller has not asked the object for.</summary>
    internal static AccessGrant ReadGrant(DocumentFields item, string path, DocumentFaults faults)
    {
        var scopes = AccessScope.None;
        foreach (var (value, at) in item.Array("scope", 3, required: true))
        {
            var name = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            if (ScopeNames.Parse(name) is { } scope) scopes |= scope;
            else faults.Add($"{at} must be one of {ScopeNames.All}");
        }

        if (scopes == AccessScope.None && !faults.Any) faults.Add($"{path}.scope must have at least one of {ScopeNames.All}");
        var models = item.String("models", AccessLimits.MaxPatternLength) ?? AccessGrant.AllModels;
        if (models.Length == 0) faults.Add($"{path}.models must be a model's name, or a pattern such as iris-*");
        item.RefuseOthers();
        return new AccessGrant(scopes, models);
    }

    private static DateTimeOffset? ReadTime(DocumentFields fields, string name, DocumentFaults faults)
    {
        if (fields.Take(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time)) return time;
        faults.Add($"{fields.PathOf(name)} must be a time such as 2027-01-31T00:00:00Z");
        return null;
    }

    private static void WriteFields(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteString("id", key.Id);
        json.WriteString("name", key.Name);
        json.WriteStartArray("grants");
        foreach (var grant in key.Grants)
        {
            json.WriteStartObject();
            json.WriteStartArray("scope");
            foreach (var scope in ScopeNames.Of(grant.Scope)) json.WriteStringValue(scope);
            json.WriteEndArray();
            json.WriteString("models", grant.Models);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("created_at", key.CreatedAt.UtcDateTime);
        if (key.ExpiresAt is { } expires) json.WriteString("expires_at", expires.UtcDateTime);
        if (key.RevokedAt is { } revoked) json.WriteString("revoked_at", revoked.UtcDateTime);
        if (key.Limits is { } limits)
        {
            json.WritePropertyName("limits");
            QuotaJson.Write(json, limits);
        }

        json.WriteStartArray("secrets");
        foreach (var secret in key.Secrets)
        {
            json.WriteStartObject();
            json.WriteString("created_at", secret.CreatedAt.UtcDateTime);
            if (secret.ExpiresAt is { } end) json.WriteString("expires_at", end.UtcDateTime);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
