namespace Serving.Access.Quotas;

/// <summary>How much a key, or a model, may be asked for. What is null is not limited.</summary>
public sealed record QuotaLimits
{
    /// <summary>Requests that are admitted a second.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>Rows a second; a request of 64 rows counts 64.</summary>
    public double? RowsPerSecond { get; init; }

    /// <summary>Bytes of request bodies a second, as sent.</summary>
    public double? BytesPerSecond { get; init; }

    /// <summary>Requests under way at one time.</summary>
    public int? Concurrent { get; init; }

    /// <summary>After a rest, that many seconds' worth may come at once.</summary>
    public double BurstSeconds { get; init; } = 1;

    /// <summary>Nothing is limited.</summary>
    public bool IsEmpty => RequestsPerSecond is null && RowsPerSecond is null && BytesPerSecond is null && Concurrent is null;

    /// <summary>Units a second of one kind; null where it is not limited.</summary>
    public double? Rate(QuotaKind kind) => kind switch
    {
        QuotaKind.Requests => RequestsPerSecond,
        QuotaKind.Rows => RowsPerSecond,
        QuotaKind.Bytes => BytesPerSecond,
        _ => null,
    };
}
