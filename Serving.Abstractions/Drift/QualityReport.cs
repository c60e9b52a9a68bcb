namespace Serving.Drift;

/// <summary>How right one model version is, as far as feedback tells.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Task">What its answers are judged as.</param>
/// <param name="Window">Over the last answers whose truth came.</param>
/// <param name="SinceLoad">Over all of them.</param>
/// <param name="Feedback">How much of the truth has come back.</param>
/// <param name="BaselineErrorRate">The error rate that must not be exceeded; null while it is being learned.</param>
/// <param name="EValue">The evidence that it is exceeded, and where it alerts; null while the rate is being learned.</param>
/// <param name="Alert">The alert that stands, or null.</param>
public sealed record QualityReport(
    string Model,
    string Version,
    QualityTask Task,
    QualityScores Window,
    QualityScores SinceLoad,
    FeedbackCounts Feedback,
    double? BaselineErrorRate,
    DriftMetric? EValue,
    DriftAlert? Alert)
{
    /// <summary>Whose answers are judged, where several processes give them; null for one.</summary>
    public IReadOnlyList<DriftNode>? Nodes { get; init; }
}
