namespace Serving.Routing;

/// <summary>A version that gets a copy of some requests.</summary>
/// <param name="Version">A version's number, or a label of the same document.</param>
/// <param name="Percent">How many of the requests it gets, above 0, at most 100.</param>
public sealed record TrafficShadow(string Version, double Percent);
