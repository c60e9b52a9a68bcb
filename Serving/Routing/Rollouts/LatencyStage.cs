namespace Serving.Routing.Rollouts;

/// <summary>
/// Both arms' latencies, counted in the bins of one <see cref="LatencyLaw"/>, while the canary's share stood still.
/// </summary>
/// <param name="Share">The probability with which a drawn request went to the canary.</param>
/// <param name="Canary">The canary's counts, one per bin.</param>
/// <param name="Stable">The stable version's counts, one per bin.</param>
internal readonly record struct LatencyStage(double Share, IReadOnlyList<long> Canary, IReadOnlyList<long> Stable);
