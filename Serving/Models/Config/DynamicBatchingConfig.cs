using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>How requests wait for each other. Sizes are rows, priorities count from 1, the most urgent.</summary>
internal sealed record DynamicBatchingConfig
{
    /// <summary>Batch sizes that are sent off as soon as they are reached; empty for only the largest.</summary>
    public ValueList<int> PreferredBatchSize { get; init; } = [];

    public long MaxQueueDelayMicroseconds { get; init; }

    /// <summary>Answers leave in the order their requests came.</summary>
    public bool PreserveOrdering { get; init; }

    /// <summary>0 when there are no priorities.</summary>
    public int PriorityLevels { get; init; }

    /// <summary>The level of a request that names none; 0 only when there are no levels.</summary>
    public int DefaultPriorityLevel { get; init; }

    /// <summary>The policy of every queue that <see cref="PriorityQueuePolicy"/> does not name.</summary>
    public QueuePolicy DefaultQueuePolicy { get; init; } = new();

    public ValueMap<int, QueuePolicy> PriorityQueuePolicy { get; init; } = ValueMap<int, QueuePolicy>.Empty;
}
