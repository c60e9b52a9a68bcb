using System.Text.Json;
using Grains.Hosting;

namespace Silo;

/// <summary><c>GET /v2/cluster</c>: how the cluster looks from this silo. Answers whatever state the silo is in.</summary>
internal sealed class ClusterPage(ClusterStatusReader reader)
{
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
