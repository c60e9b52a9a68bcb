namespace Serving.Routing.Rollouts;

/// <summary>What one guard saw.</summary>
/// <param name="Guard">Its name in the rollout's document.</param>
/// <param name="Verdict">What follows from it.</param>
/// <param name="LogEvidence">The natural logarithm of the evidence for harm above the tolerance; null while nothing can be
/// said.</param>
/// <param name="LogThreshold">The logarithm of the evidence at which harm is shown.</param>
/// <param name="Measure">What the difference is of: <c>share_of_requests</c> or <c>p99_ms</c>.</param>
/// <param name="Difference">The new version's measure less the stable one's, of the counts that were tested, with a confidence sequence at the rollout's
/// level.</param>
public sealed record GuardReading(
    string Guard, Verdict Verdict, double? LogEvidence, double LogThreshold, string Measure, Interval Difference);
