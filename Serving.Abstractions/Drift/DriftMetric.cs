namespace Serving.Drift;

/// <summary>One score of a feature over a window.</summary>
/// <param name="Score">Its value.</param>
/// <param name="Threshold">Where it counts as drift, for the metrics that decide.</param>
/// <param name="Null">What it is on average when nothing has changed, for the metrics that are only shown.</param>
public sealed record DriftMetric(double Score, double? Threshold = null, double? Null = null);
