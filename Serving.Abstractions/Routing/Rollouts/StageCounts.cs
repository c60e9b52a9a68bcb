namespace Serving.Routing.Rollouts;

/// <summary>What both arms did while the new version's weight stood still.</summary>
/// <param name="Weight">The new version's share of the drawn traffic, in percent.</param>
/// <param name="Epoch">The traffic document's epoch meanwhile; counts are told apart by it.</param>
/// <param name="StartedAt">When the step began.</param>
/// <param name="Stable">The stable version.</param>
/// <param name="Canary">The new version.</param>
public sealed record StageCounts(int Weight, long Epoch, DateTimeOffset StartedAt, ArmCounts Stable, ArmCounts Canary);
