using Orleans.Runtime;

namespace Grains.Drift;

/// <summary>One silo's life as a counter of a version.</summary>
/// <param name="Node">The silo's name.</param>
/// <param name="Incarnation">Which life.</param>
/// <param name="Until">Up to when everything it observed is counted.</param>
/// <param name="Dropped">Observations that it had no room for.</param>
/// <param name="Silo">The silo's address.</param>
[GenerateSerializer, Immutable, Alias("serving.state.node")]
internal sealed record CountingNode(
    [property: Id(0)] string Node, [property: Id(1)] long Incarnation, [property: Id(2)] DateTimeOffset Until, [property: Id(3)] long Dropped,
    [property: Id(4)] SiloAddress Silo);
