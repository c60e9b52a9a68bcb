namespace Grains.Replicas;

/// <summary>What came of posting an alert.</summary>
/// <param name="End">Which end.</param>
/// <param name="Receiver">The receiver as logs may show it.</param>
/// <param name="Reason">Why it was not taken; null when it was.</param>
[GenerateSerializer, Immutable, Alias("serving.posted")]
public sealed record PostReport([property: Id(0)] PostEnd End, [property: Id(1)] string? Receiver, [property: Id(2)] string? Reason);
