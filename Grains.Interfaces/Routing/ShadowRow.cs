namespace Grains.Routing;

/// <summary>A version that gets copies of requests.</summary>
/// <param name="Version">The version's number.</param>
/// <param name="Since">The epoch that made it a shadow.</param>
[GenerateSerializer, Immutable, Alias("serving.row.shadow")]
public sealed record ShadowRow([property: Id(0)] string Version, [property: Id(1)] long Since);
