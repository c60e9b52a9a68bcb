namespace Serving.Models.Tuning;

/// <summary>What a trial's callers saw.</summary>
/// <param name="LatencySeconds">Within which 95 of 100 rows were answered.</param>
/// <param name="RowsPerSecond">Rows a second of all callers together.</param>
internal readonly record struct TrialMeasure(double LatencySeconds, double RowsPerSecond);
