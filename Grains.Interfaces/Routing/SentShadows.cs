using Orleans.Runtime;

namespace Grains.Routing;

/// <summary>Everything that one silo has counted of a model's shadows since it began.</summary>
[GenerateSerializer, Immutable, Alias("serving.shadow-counts")]
public sealed class SentShadows
{
    /// <summary>The silo's name.</summary>
    [Id(0)]
    public required string Node { get; init; }

    /// <summary>The silo, which tells its lives apart.</summary>
    [Id(1)]
    public required SiloAddress Silo { get; init; }

    /// <summary>Up to when everything is counted; of two the later one holds.</summary>
    [Id(2)]
    public required DateTimeOffset Until { get; init; }

    /// <summary>The tallies in their stored form.</summary>
    [Id(3)]
    public required Blob Tallies { get; init; }

    /// <summary>The silo ends in order: nothing is missing.</summary>
    [Id(4)]
    public bool IsLast { get; init; }
}
