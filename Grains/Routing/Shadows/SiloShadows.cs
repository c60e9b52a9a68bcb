namespace Grains.Routing.Shadows;

/// <summary>Everything that one life of a silo has counted of a model's shadows, as it is kept.</summary>
/// <param name="Node">The silo's name.</param>
/// <param name="Silo">Its address, which is another one in each life.</param>
/// <param name="Until">Up to when everything is counted.</param>
/// <param name="IsLast">It ended in order: nothing is missing.</param>
/// <param name="Tallies">As <c>ShadowTallyJson</c> writes them.</param>
[GenerateSerializer, Immutable, Alias("serving.state.silo-shadows")]
internal sealed record SiloShadows(
    [property: Id(0)] string Node, [property: Id(1)] SiloAddress Silo, [property: Id(2)] DateTimeOffset Until, [property: Id(3)] bool IsLast, [property: Id(4)] byte[] Tallies);
