namespace Serving.Routing.Rollouts;

/// <summary>All that guards may judge by.</summary>
/// <param name="Stages">Both arms' counts, step by step.</param>
/// <param name="LatencyShares">The usual share of each latency bin; null while there is no law.</param>
/// <param name="StableLatencies">All latencies of the stable version.</param>
/// <param name="CanaryLatencies">All latencies of the new version.</param>
/// <param name="Drift">What drift monitoring says; null when the new version is not compared with a baseline, or nobody asked.</param>
internal sealed record RolloutEvidence(
    IReadOnlyList<StageCounts> Stages,
    IReadOnlyList<double>? LatencyShares,
    LatencyHistogram StableLatencies,
    LatencyHistogram CanaryLatencies,
    RolloutDrift? Drift);
