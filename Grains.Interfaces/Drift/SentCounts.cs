using Orleans.Runtime;

namespace Grains.Drift;

/// <summary>What one silo has counted of a version since it began to. Sent again until it is kept, and then as it grows.</summary>
[GenerateSerializer, Immutable, Alias("serving.counts")]
public sealed class SentCounts
{
    /// <summary>The silo's name.</summary>
    [Id(0)]
    public required string Node { get; init; }

    /// <summary>Tells its lives, and loads of the version, apart.</summary>
    [Id(1)]
    public required long Incarnation { get; init; }

    /// <summary>What it counts for: see <see cref="WatchRow.Number"/>.</summary>
    [Id(2)]
    public required long Number { get; init; }

    /// <summary>Which copy of the version it runs.</summary>
    [Id(3)]
    public required string Fingerprint { get; init; }

    /// <summary>Shares of panes in their stored form: those that are whole, and the open one as it is.</summary>
    [Id(4)]
    public required Blob[] Shares { get; init; }

    /// <summary>While a baseline is learned.</summary>
    [Id(5)]
    public required SentObservation[] Observations { get; init; }

    /// <summary>Observations that there was no room for.</summary>
    [Id(6)]
    public required long Dropped { get; init; }

    /// <summary>Up to when everything that was observed is counted.</summary>
    [Id(7)]
    public required DateTimeOffset Until { get; init; }

    /// <summary>Nothing more will come from this incarnation.</summary>
    [Id(8)]
    public bool IsLast { get; init; }

    /// <summary>The silo.</summary>
    [Id(9)]
    public required SiloAddress Silo { get; init; }
}
