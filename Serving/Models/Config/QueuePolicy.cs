namespace Serving.Models.Config;

/// <summary>What happens to requests that wait too long, or come to a full queue.</summary>
internal sealed record QueuePolicy
{
    public TimeoutAction TimeoutAction { get; init; }

    /// <summary>How long a request may wait; 0 for any length.</summary>
    public long DefaultTimeoutMicroseconds { get; init; }

    /// <summary>A request may name a timeout of its own.</summary>
    public bool AllowTimeoutOverride { get; init; }

    /// <summary>Requests that may wait at the same time; 0 for no limit of the model's own.</summary>
    public long MaxQueueSize { get; init; }
}
