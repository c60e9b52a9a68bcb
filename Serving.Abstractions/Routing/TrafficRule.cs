namespace Serving.Routing;

/// <summary>Sends the requests whose header or parameter has a given value to a version.</summary>
/// <param name="When">Which header or parameter is looked at.</param>
/// <param name="EqualTo">The value it must have, character for character.</param>
/// <param name="Version">A version's number, or a label of the same document.</param>
public sealed record TrafficRule(AttributeSource When, string EqualTo, string Version);
