namespace Serving.Routing.Rollouts;

/// <summary>What both arms did of the requests that were routed under one epoch of the traffic document.</summary>
/// <param name="Epoch">The epoch of the route decision, which need not be the present one.</param>
/// <param name="Stable">The stable version.</param>
/// <param name="Canary">The new version.</param>
public sealed record EpochReport(long Epoch, ArmReport Stable, ArmReport Canary);
