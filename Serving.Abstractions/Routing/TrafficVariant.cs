namespace Serving.Routing;

/// <summary>One version's share of the traffic.</summary>
/// <param name="Version">The version's number.</param>
/// <param name="Weight">Its share, relative to the sum of all weights; 0 takes no drawn traffic but can be named by label or
/// rule.</param>
/// <param name="Label">A name for it, such as <c>stable</c> or <c>canary</c>; null for none.</param>
public sealed record TrafficVariant(string Version, int Weight, string? Label = null);
