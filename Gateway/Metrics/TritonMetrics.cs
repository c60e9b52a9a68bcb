using Serving.Models;

namespace Gateway.Metrics;

/// <summary>The engine's counts by the names and in the units of Triton's metrics, so that dashboards made for it go on working.</summary>
internal sealed class TritonMetrics(IModelCatalog models)
{
    private static readonly (string Name, string Meaning, string Labels, Func<ModelStatistics, ulong> Read)[] Counters =
    [
        ("nv_inference_request_success", "Number of successful inference requests, all batch sizes", "", s => s.Success.Count),
        ("nv_inference_request_failure", "Number of failed inference requests, all batch sizes", ",reason=\"OTHER\"", s => s.Fail.Count),
        ("nv_inference_count", "Number of inferences performed (does not include cached requests)", "", s => s.InferenceCount),
        ("nv_inference_exec_count", "Number of model executions performed (does not include cached requests)", "", s => s.ExecutionCount),
        ("nv_inference_request_duration_us", "Cumulative inference request duration in microseconds", "", s => Us(s.Success)),
        ("nv_inference_queue_duration_us", "Cumulative inference queuing duration in microseconds", "", s => Us(s.Queue)),
        ("nv_inference_compute_input_duration_us", "Cumulative compute input duration in microseconds", "", s => Us(s.ComputeInput)),
        ("nv_inference_compute_infer_duration_us", "Cumulative compute inference duration in microseconds", "", s => Us(s.ComputeInfer)),
        ("nv_inference_compute_output_duration_us", "Cumulative compute output duration in microseconds", "", s => Us(s.ComputeOutput)),
        ("nv_cache_num_hits_per_model", "Number of cache hits per model", "", s => s.CacheHit.Count),
        ("nv_cache_num_misses_per_model", "Number of cache misses per model", "", s => s.CacheMiss.Count),
        ("nv_cache_hit_duration_per_model", "Total cache hit duration per model, in microseconds", "", s => Us(s.CacheHit)),
        ("nv_cache_miss_duration_per_model", "Total cache miss duration per model, in microseconds", "", s => Us(s.CacheMiss)),
    ];

    public async ValueTask WriteAsync(ExpositionWriter writer, CancellationToken cancellationToken)
    {
        var read = await models.GetStatisticsAsync(null, null, cancellationToken);
        if (!read.TryGetValue(out var rows, out _) || rows.Count == 0) return;
        foreach (var (name, meaning, labels, value) in Counters)
        {
            writer.ForeignCounter(name, meaning);
            foreach (var row in rows)
            {
                var own = LabelText.Of(new("model", row.Name), new("version", row.Version));
                writer.ForeignSample(name, own + labels, value(row));
            }
        }
    }

    private static ulong Us(DurationStatistic duration) => duration.Nanoseconds / 1000;
}
