namespace Serving.Routing.Rollouts;

/// <summary>
/// The part of an arm's counts that guards may bet on. A sticky caller is drawn once, with all its requests; of its errors, slow
/// answers and latencies only the first of each kind in a rollout are draws of their own.
/// </summary>
/// <param name="Errors">Errors; of a sticky caller the first.</param>
/// <param name="Slow">Slow answers; of a sticky caller the first.</param>
/// <param name="Latencies">Latencies; of a sticky caller the first.</param>
public sealed record TestedCounts(long Errors, long Slow, LatencyCounts Latencies);
