namespace Serving.Drift.Statistics;

/// <summary>
/// How far a window lies from its baseline, in squared relative shares (about a PSI): a test statistic before it is divided by
/// its variance unit <c>v = 1/n + 1/m</c>. Kept apart from the sample sizes so that one number serves test and effect alike.
/// </summary>
/// <param name="Value">Divided by v it follows chi-square on quiet data.</param>
/// <param name="Degrees">Degrees of freedom; 0 when there was nothing to compare.</param>
internal readonly record struct Discrepancy(double Value, int Degrees);
