using Gateway.Grpc.Messages;
using Serving.Models;

namespace Gateway.Grpc.Services;

/// <summary>A row of the statistics extension's answer; durations in nanoseconds.</summary>
internal static class StatisticsMessage
{
    public static Messages.ModelStatistics Of(Serving.Models.ModelStatistics row)
    {
        var message = new Messages.ModelStatistics
        {
            Name = row.Name,
            Version = row.Version,
            LastInference = row.LastInference,
            InferenceCount = row.InferenceCount,
            ExecutionCount = row.ExecutionCount,
            InferenceStats = new InferStatistics
            {
                Success = Of(row.Success),
                Fail = Of(row.Fail),
                Queue = Of(row.Queue),
                ComputeInput = Of(row.ComputeInput),
                ComputeInfer = Of(row.ComputeInfer),
                ComputeOutput = Of(row.ComputeOutput),
                CacheHit = Of(row.CacheHit),
                CacheMiss = Of(row.CacheMiss),
            },
        };
        foreach (var batch in row.Batches)
        {
            message.BatchStats.Add(new InferBatchStatistics
            {
                BatchSize = (ulong)batch.BatchSize,
                ComputeInput = Of(batch.ComputeInput),
                ComputeInfer = Of(batch.ComputeInfer),
                ComputeOutput = Of(batch.ComputeOutput),
            });
        }

        if (row.MemoryBytes > 0) message.MemoryUsage.Add(new MemoryUsage { Type = "CPU", ByteSize = (ulong)row.MemoryBytes });
        return message;
    }

    private static StatisticDuration Of(DurationStatistic duration) =>
        new() { Count = duration.Count, Ns = duration.Nanoseconds };
}
