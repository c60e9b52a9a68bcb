namespace Serving.Batching;

/// <summary>What happens to requests of one priority level that wait too long or find the queue full.</summary>
internal sealed record QueuePolicy
{
    /// <summary>A request that has waited too long is served after all others of its level, instead of being refused.</summary>
    public bool DelayExpired { get; init; }

    /// <summary>How long a request may wait before it runs; zero for no limit.</summary>
    public TimeSpan DefaultTimeout { get; init; }

    /// <summary>A request may ask for a shorter wait of its own.</summary>
    public bool AllowTimeoutOverride { get; init; } = true;

    /// <summary>Rows that may wait at the most; 0 for the loop's own bounds alone.</summary>
    public int MaxQueuedRows { get; init; }
}
