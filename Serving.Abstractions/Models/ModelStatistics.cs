namespace Serving.Models;

/// <summary>Cumulative counts of one version, with Triton's counting rules.</summary>
public sealed record ModelStatistics
{
    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>When the last inference ended, milliseconds since 1970; 0 for never.</summary>
    public ulong LastInference { get; init; }

    /// <summary>Rows inferred: a request with a batch of 64 adds 64. Cache hits do not count.</summary>
    public ulong InferenceCount { get; init; }

    /// <summary>Runs of the model: a batch counts once, whatever is in it.</summary>
    public ulong ExecutionCount { get; init; }

    public DurationStatistic Success { get; init; }

    public DurationStatistic Fail { get; init; }

    public DurationStatistic Queue { get; init; }

    public DurationStatistic ComputeInput { get; init; }

    public DurationStatistic ComputeInfer { get; init; }

    public DurationStatistic ComputeOutput { get; init; }

    public DurationStatistic CacheHit { get; init; }

    public DurationStatistic CacheMiss { get; init; }

    public IReadOnlyList<BatchStatistic> Batches { get; init; } = [];

    /// <summary>Resident bytes that loading the version added, as measured.</summary>
    public long MemoryBytes { get; init; }
}
