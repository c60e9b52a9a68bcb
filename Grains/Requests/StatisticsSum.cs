using Serving.Models;

namespace Grains.Requests;

/// <summary>Adds the counts of a version's replicas up.</summary>
internal static class StatisticsSum
{
    public static ModelStatistics Of(string model, string version, IReadOnlyList<ModelStatistics> parts) => new()
    {
        Name = model,
        Version = version,
        LastInference = parts.Count == 0 ? 0 : parts.Max(p => p.LastInference),
        InferenceCount = Sum(parts, p => p.InferenceCount),
        ExecutionCount = Sum(parts, p => p.ExecutionCount),
        Success = Sum(parts, p => p.Success),
        Fail = Sum(parts, p => p.Fail),
        Queue = Sum(parts, p => p.Queue),
        ComputeInput = Sum(parts, p => p.ComputeInput),
        ComputeInfer = Sum(parts, p => p.ComputeInfer),
        ComputeOutput = Sum(parts, p => p.ComputeOutput),
        CacheHit = Sum(parts, p => p.CacheHit),
        CacheMiss = Sum(parts, p => p.CacheMiss),
        MemoryBytes = parts.Sum(p => p.MemoryBytes),
        Batches =
        [
            .. parts.SelectMany(p => p.Batches).GroupBy(b => b.BatchSize).OrderBy(g => g.Key).Select(g => new BatchStatistic(
                g.Key, Sum([.. g], b => b.ComputeInput), Sum([.. g], b => b.ComputeInfer), Sum([.. g], b => b.ComputeOutput))),
        ],
    };

    private static ulong Sum(IReadOnlyList<ModelStatistics> parts, Func<ModelStatistics, ulong> count)
    {
        ulong sum = 0;
        foreach (var part in parts) sum += count(part);
        return sum;
    }

    private static DurationStatistic Sum<T>(IReadOnlyList<T> parts, Func<T, DurationStatistic> duration)
    {
        ulong count = 0, nanoseconds = 0;
        foreach (var part in parts)
        {
            count += duration(part).Count;
            nanoseconds += duration(part).Nanoseconds;
        }

        return new DurationStatistic(count, nanoseconds);
    }
}
