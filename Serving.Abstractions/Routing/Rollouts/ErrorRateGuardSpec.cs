namespace Serving.Routing.Rollouts;

/// <summary>Watches the share of requests that fail.</summary>
/// <param name="MaxIncrease">By how much it may be larger than the stable version's: 0.01 is one percentage point.</param>
public sealed record ErrorRateGuardSpec(double MaxIncrease = 0);
