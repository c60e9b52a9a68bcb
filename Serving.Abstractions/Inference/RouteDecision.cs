namespace Serving.Inference;

/// <summary>Which version was chosen, and why: what <c>x-serving-route</c> says.</summary>
/// <param name="Version">The version that was chosen.</param>
/// <param name="Variant">Its label in the traffic document, else null.</param>
/// <param name="Reason">Which step of the choice decided.</param>
/// <param name="Epoch">The route table's epoch: raised by one at each change.</param>
public readonly record struct RouteDecision(string Version, string? Variant, RouteReason Reason, long Epoch);
