namespace Serving.Routing.Rollouts;

/// <summary>Watches how many answers feedback finds right.</summary>
/// <param name="MaxDecrease">By how much the share of right answers may be smaller than the stable version's: 0.02 is two percentage points.</param>
public sealed record QualityGuardSpec(double MaxDecrease = 0);
