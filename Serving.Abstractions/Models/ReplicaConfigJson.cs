using System.Text.Json;
using Serving.Documents;

namespace Serving.Models;

/// <summary>Reads <c>serving.replicas</c>, strictly: unknown fields are refused by name, all faults come in one error.</summary>
public static class ReplicaConfigJson
{
    public static Outcome<ReplicaConfig> Read(JsonElement section)
    {
        var faults = new DocumentFaults();
        var fields = DocumentFields.Read(section, "serving.replicas", faults);
        var config = new ReplicaConfig
        {
            Min = (int?)fields.Integer("min", 1, ReplicaConfig.Most),
            Max = (int?)fields.Integer("max", 1, ReplicaConfig.Most),
            QueueDelayMs = fields.Number("queue_delay_ms", 0, 60_000, aboveMin: true),
        };
        if (config.Max < config.Min) faults.Add("serving.replicas.max must be at least 'min'");
        if (config.QueueDelayMs is not null && config.Max is null)
            faults.Add("serving.replicas.queue_delay_ms has an effect only together with 'max'");
        fields.RefuseOthers();
        return faults.Any ? faults.ToError() : config;
    }
}
