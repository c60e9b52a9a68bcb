namespace Serving.Drift;

/// <summary>One window of a model version's traffic.</summary>
/// <param name="Start">When it began.</param>
/// <param name="End">When it ended, or for the open one, up to when it is known.</param>
/// <param name="Count">Rows.</param>
/// <param name="Open">Whether more will come.</param>
/// <param name="DriftedShare">Drifted features over all features.</param>
/// <param name="Features">In the baseline's order.</param>
public sealed record DriftWindow(
    DateTimeOffset Start, DateTimeOffset End, long Count, bool Open, double DriftedShare, IReadOnlyList<FeatureReport> Features);
