namespace Serving.Drift;

/// <summary>What is known of the drift of one model version.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Baseline">Null when there is none to compare with.</param>
/// <param name="Dropped">Observations that were not counted because a queue was full or they came too late.</param>
/// <param name="Windows">Newest first; the open one leads.</param>
/// <param name="Alerts">Those that stand.</param>
public sealed record DriftReport(
    string Model,
    string Version,
    BaselineInfo? Baseline,
    long Dropped,
    IReadOnlyList<DriftWindow> Windows,
    IReadOnlyList<DriftAlert> Alerts)
{
    /// <summary>Who counted, where several processes do; null for one.</summary>
    public IReadOnlyList<DriftNode>? Nodes { get; init; }
}
