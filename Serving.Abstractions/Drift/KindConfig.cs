namespace Serving.Drift;

/// <summary>Thresholds and metrics for features of one kind; null where the configuration says nothing.</summary>
public sealed record KindConfig(double? TicketEffect, double? PageEffect, double? EValue, IReadOnlyList<string>? Metrics)
{
    public static readonly KindConfig None = new(null, null, null, null);
}
