using System.Text.Json;
using Grains.Hosting;

namespace Silo;

/// <summary><c>GET /v2/cluster</c>: how the cluster looks from this silo. Answers whatever state the silo is in.</summary>
internal sealed class ClusterPage(ClusterStatusReader reader)
{
    public const string Summary = "How the cluster looks from this silo: its silos, replicas, memory and storage";

    /// <summary>The schema of the answer.</summary>
    public const string Schema = """
        {
          "type": "object",
          "required": ["silo", "state", "storage", "models", "versions", "replicas", "replicas_elsewhere", "parked_versions", "suspects", "silos"],
          "properties": {
            "silo": { "type": "string", "description": "The silo that answers." },
            "state": { "type": "string", "enum": ["loading", "ready", "cut_off", "leaving"] },
            "storage": { "type": "string", "enum": ["ok", "unreachable", "lost"] },
            "models": { "type": "integer", "description": "Models that this silo routes to." },
            "versions": { "type": "integer", "description": "Versions that can answer." },
            "replicas": { "type": "integer", "description": "Loaded copies on silos that live and stay." },
            "replicas_elsewhere": { "type": "integer", "description": "Copies on silos that are leaving or gone." },
            "parked_versions": { "type": "integer", "description": "Versions that are ready but hold no memory anywhere." },
            "suspects": { "type": "array", "items": { "type": "string" }, "description": "Silos that this one sends no requests to while it can." },
            "silos": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["name", "address", "leaving", "model_memory_bytes", "model_memory_budget_bytes", "loads", "evictions"],
                "properties": {
                  "name": { "type": "string" },
                  "address": { "type": "string" },
                  "leaving": { "type": "boolean" },
                  "model_memory_bytes": { "type": "integer" },
                  "model_memory_budget_bytes": { "type": "integer" },
                  "loads": { "type": "integer" },
                  "evictions": { "type": "integer" }
                }
              }
            }
          }
        }
        """;

    public async Task WriteAsync(HttpContext context)
    {
        var status = await reader.ReadAsync();
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("silo", status.Silo);
        json.WriteString("state", status.State);
        json.WriteString("storage", JsonNamingPolicy.SnakeCaseLower.ConvertName(status.Storage.ToString()));
        json.WriteNumber("models", status.Models);
        json.WriteNumber("versions", status.Versions);
        json.WriteNumber("replicas", status.Replicas);
        json.WriteNumber("replicas_elsewhere", status.ReplicasElsewhere);
        json.WriteNumber("parked_versions", status.Parked);
        json.WriteStartArray("suspects");
        foreach (var suspect in status.Suspects) json.WriteStringValue(suspect);
        json.WriteEndArray();
        json.WriteStartArray("silos");
        foreach (var silo in status.Silos)
        {
            json.WriteStartObject();
            json.WriteString("name", silo.Name);
            json.WriteString("address", silo.Silo.Endpoint.ToString());
            json.WriteBoolean("leaving", silo.IsLeaving);
            json.WriteNumber("model_memory_bytes", silo.MemoryUsed);
            json.WriteNumber("model_memory_budget_bytes", silo.MemoryBudget);
            json.WriteNumber("loads", silo.Loads);
            json.WriteNumber("evictions", silo.Evictions);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
