using Serving;

namespace Grains.Hosting;

/// <summary>How one silo serves.</summary>
public sealed record SiloServingOptions
{
    /// <summary>What it has in common with a process of its own: repositories, control mode, threads, drain time.</summary>
    public required ServingOptions Serving { get; init; }

    /// <summary>
    /// Loaded copies of each version, on silos of their own as far as there are so many. Where a model's configuration says
    /// <c>serving.replicas</c>, that holds.
    /// </summary>
    public int Replicas { get; init; } = 2;

    /// <summary>Loaded copies while requests queue; null for no more than <see cref="Replicas"/>.</summary>
    public int? MaxReplicas { get; init; }

    /// <summary>Mean time that requests wait in their queue from which on one more copy is loaded.</summary>
    public TimeSpan ScaleQueueDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Bytes that loaded models may take in this process; 0 for a silo that only takes requests in.</summary>
    public long MemoryBudget { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>Requests that may wait at the replica in this process before one elsewhere is preferred.</summary>
    public int LocalQueueBound { get; init; } = 64;

    /// <summary>How long a request without a limit of its own looks for a replica at the most.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
