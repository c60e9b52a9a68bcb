using Grains.Drift;

namespace Grains.Routing;

/// <summary>Rows of the route table that are newer than what somebody has.</summary>
[GenerateSerializer, Immutable, Alias("serving.delta")]
public sealed class RouteDelta
{
    /// <summary>Which life of the table this is from. A table that starts anew gets its rows back from the silos.</summary>
    [Id(0)]
    public required long Term { get; init; }

    /// <summary>The table's version with these rows. Counts within one term.</summary>
    [Id(1)]
    public required long Version { get; init; }

    [Id(2)]
    public ModelRow[] Models { get; init; } = [];

    [Id(3)]
    public TrafficRow[] Traffic { get; init; } = [];

    [Id(5)]
    public WatchRow[] Watches { get; init; } = [];

    /// <summary>The repository was read once, and every model in it has its row.</summary>
    [Id(4)]
    public bool IsWhole { get; init; }
}
