namespace Grains.Drift;

/// <summary>Whether a version's requests are to be observed, as all silos see it. Written by the version's monitor grain alone.</summary>
[GenerateSerializer, Immutable, Alias("serving.row.watch")]
public sealed class WatchRow
{
    [Id(0)]
    public required string Model { get; init; }

    [Id(1)]
    public required string Version { get; init; }

    /// <summary>Raised by each change of the baseline; of two rows of a version the higher one is newer.</summary>
    [Id(2)]
    public required long Number { get; init; }

    /// <summary>There is a baseline, or one is being learned.</summary>
    [Id(3)]
    public bool IsWatched { get; init; }
}
