namespace Grains.Models;

/// <summary>One model as the repository holds it now.</summary>
[GenerateSerializer, Immutable, Alias("serving.sighting")]
public sealed class ModelSighting
{
    /// <summary>The model is (no longer) in the repository when this is false.</summary>
    [Id(0)]
    public required bool Exists { get; init; }

    /// <summary>Why its folder cannot be used as it is; null when it can.</summary>
    [Id(1)]
    public string? Fault { get; init; }

    [Id(2)]
    public SightedVersion[] Versions { get; init; } = [];

    /// <summary>Of the configuration and the files it names.</summary>
    [Id(3)]
    public string ConfigFingerprint { get; init; } = "";

    /// <summary>Serve the highest so many versions; 0 when <see cref="Numbers"/> says which; -1 for all.</summary>
    [Id(4)]
    public int Latest { get; init; }

    /// <summary>The versions to serve, where the configuration names them.</summary>
    [Id(5)]
    public long[] Numbers { get; init; } = [];

    /// <summary>In explicit mode, the model is to be loaded when the cluster starts.</summary>
    [Id(6)]
    public bool AtStart { get; init; }
}
