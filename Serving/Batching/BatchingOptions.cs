namespace Serving.Batching;

/// <summary>How one version's requests are queued and put together: the scheduling part of its configuration, with defaults filled in.</summary>
internal sealed record BatchingOptions
{
    /// <summary>Rows in a run at the most; 0 when the model does not batch, and every request runs alone.</summary>
    public int MaxBatchSize { get; init; }

    /// <summary>Batches form from several requests; else each request runs alone, up to <see cref="MaxBatchSize"/> rows.</summary>
    public bool Dynamic { get; init; }

    /// <summary>Batch sizes in rows that the model runs best at, ascending; empty when any will do.</summary>
    public IReadOnlyList<int> PreferredSizes { get; init; } = [];

    /// <summary>Rows that a batch of several requests is made of at the most; below <see cref="MaxBatchSize"/> when the tuner found less to be better.</summary>
    public int TunedBatchSize { get; init; } = int.MaxValue;

    /// <summary>How long the first request of a batch may be held back for company.</summary>
    public TimeSpan MaxQueueDelay { get; init; }

    /// <summary>Answers leave in the order in which requests came.</summary>
    public bool PreserveOrdering { get; init; }

    /// <summary>Priority levels, 1 the first served; 0 when there are none.</summary>
    public int PriorityLevels { get; init; }

    /// <summary>The level of a request that names none.</summary>
    public int DefaultPriorityLevel { get; init; }

    /// <summary>The policy of every level that has none of its own.</summary>
    public QueuePolicy DefaultPolicy { get; init; } = new();

    /// <summary>Policies by level.</summary>
    public IReadOnlyDictionary<int, QueuePolicy> LevelPolicies { get; init; } = new Dictionary<int, QueuePolicy>();

    /// <summary>Runs of this version that may be under way at once.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>Requests that may wait at the most; one more is refused as overloaded.</summary>
    public int MaxQueuedRequests { get; init; } = 4096;

    /// <summary>Bytes of input that may wait at the most.</summary>
    public long MaxQueuedBytes { get; init; } = 1L << 30;

    /// <summary>A lone request on an idle version runs on its caller's thread when the model's runs are known to be shorter than this.</summary>
    public TimeSpan InlineLimit { get; init; } = TimeSpan.FromMicroseconds(200);
}
