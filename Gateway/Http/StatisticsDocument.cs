using System.Text.Json;
using Serving.Models;

namespace Gateway.Http;

/// <summary>The statistics extension's answer: <c>{"model_stats": [...]}</c>; durations in nanoseconds.</summary>
internal static class StatisticsDocument
{
    public static void Write(Utf8JsonWriter json, IEnumerable<ModelStatistics> rows)
    {
        json.WriteStartObject();
        json.WriteStartArray("model_stats");
        foreach (var row in rows) Write(json, row);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ModelStatistics row)
    {
        json.WriteStartObject();
        json.WriteString("name", row.Name);
        json.WriteString("version", row.Version);
        json.WriteNumber("last_inference", row.LastInference);
        json.WriteNumber("inference_count", row.InferenceCount);
        json.WriteNumber("execution_count", row.ExecutionCount);
        json.WriteStartObject("inference_stats");
        Write(json, "success", row.Success);
        Write(json, "fail", row.Fail);
        Write(json, "queue", row.Queue);
        Write(json, "compute_input", row.ComputeInput);
        Write(json, "compute_infer", row.ComputeInfer);
        Write(json, "compute_output", row.ComputeOutput);
        Write(json, "cache_hit", row.CacheHit);
        Write(json, "cache_miss", row.CacheMiss);
        json.WriteEndObject();
        json.WriteStartObject("response_stats");
        json.WriteEndObject();
        json.WriteStartArray("batch_stats");
        foreach (var batch in row.Batches)
        {
            json.WriteStartObject();
            json.WriteNumber("batch_size", batch.BatchSize);
            Write(json, "compute_input", batch.ComputeInput);
            Write(json, "compute_infer", batch.ComputeInfer);
            Write(json, "compute_output", batch.ComputeOutput);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteMemory(json, row.MemoryBytes);
        json.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter json, long bytes)
    {
        json.WriteStartArray("memory_usage");
        if (bytes > 0)
        {
            json.WriteStartObject();
            json.WriteString("type", "CPU");
            json.WriteNumber("id", 0);
            json.WriteNumber("byte_size", bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, DurationStatistic duration)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", duration.Count);
        json.WriteNumber("ns", duration.Nanoseconds);
        json.WriteEndObject();
    }
}
