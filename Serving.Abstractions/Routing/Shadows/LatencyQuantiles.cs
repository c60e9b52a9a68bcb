namespace Serving.Routing.Shadows;

/// <summary>Quantiles of latencies in milliseconds, within 1.6 %; null before the first.</summary>
public sealed record LatencyQuantiles(double? P50Ms, double? P90Ms, double? P99Ms, double? MaxMs);
