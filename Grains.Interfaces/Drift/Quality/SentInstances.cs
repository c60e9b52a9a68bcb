using Orleans.Runtime;

namespace Grains.Drift.Quality;

/// <summary>What versions of a model answered in one silo. Sent again until it is kept.</summary>
[GenerateSerializer, Immutable, Alias("serving.instances")]
public sealed class SentInstances
{
    /// <summary>The silo's name.</summary>
    [Id(0)]
    public required string Node { get; init; }

    /// <summary>The silo.</summary>
    [Id(1)]
    public required SiloAddress Silo { get; init; }

    /// <summary>Tells its lives apart.</summary>
    [Id(2)]
    public required long Incarnation { get; init; }

    /// <summary>Instances in their stored form, one after the other; empty for nothing new.</summary>
    [Id(3)]
    public required Blob Instances { get; init; }

    /// <summary>Up to when everything that was answered is sent.</summary>
    [Id(4)]
    public required DateTimeOffset Until { get; init; }

    /// <summary>Nothing more will come from this life of the silo.</summary>
    [Id(5)]
    public bool IsLast { get; init; }
}
