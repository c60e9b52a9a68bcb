namespace Serving.Drift;

/// <summary>One feature in one window.</summary>
/// <param name="Name">The feature's name.</param>
/// <param name="Kind">Numbers or categories.</param>
/// <param name="Count">Rows seen.</param>
/// <param name="Missing">Rows without a value.</param>
/// <param name="State">What the window says.</param>
/// <param name="Metrics">
/// By name: <c>p</c>, <c>effect</c>, <c>e_value</c> decide; <c>psi</c>, <c>js</c> and for numbers <c>ks</c>, <c>w1</c> (in
/// standard deviations of the baseline) are shown.
/// </param>
/// <param name="Mean">Of a numeric feature's finite values.</param>
/// <param name="Deviation">Population standard deviation of the same.</param>
/// <param name="Histogram">For drawing.</param>
public sealed record FeatureReport(
    string Name,
    FeatureKind Kind,
    long Count,
    long Missing,
    FeatureState State,
    IReadOnlyDictionary<string, DriftMetric> Metrics,
    double? Mean,
    double? Deviation,
    FeatureHistogram Histogram)
{
    /// <summary>Why it was not tested; null when it was.</summary>
    public string? Reason { get; init; }
}
