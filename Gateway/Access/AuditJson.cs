using System.Text.Json;
using Serving.Access;

namespace Gateway.Access;

/// <summary>The audit log as callers see it.</summary>
internal static class AuditJson
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<AuditEntry> entries)
    {
        json.WriteStartObject();
        json.WriteStartArray("entries");
        foreach (var (sequence, at, note) in entries)
        {
            json.WriteStartObject();
            json.WriteNumber("sequence", sequence);
            json.WriteString("at", at.UtcDateTime);
            json.WriteString("who", note.Actor.Name);
            if (note.Actor.Address is { } address) json.WriteString("from", address);
            json.WriteString("action", note.Action);
            json.WriteString("target", note.Target);
            Write(json, "before", note.Before);
            Write(json, "after", note.After);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, ReadOnlyMemory<byte> state)
    {
        if (state.IsEmpty) return;
        json.WritePropertyName(name);
        json.WriteRawValue(state.Span);
    }
}
