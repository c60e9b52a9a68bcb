namespace Grains.Routing;

/// <summary>What the route table has of a model.</summary>
/// <param name="Row">The row, or null when there is none.</param>
[GenerateSerializer, Immutable, Alias("serving.standing")]
public sealed record StandingRow([property: Id(0)] ModelRow? Row);
