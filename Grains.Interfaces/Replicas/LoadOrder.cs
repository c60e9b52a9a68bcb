namespace Grains.Replicas;

/// <summary>What a replica is to load. Every silo reads the files from its own view of the shared repository.</summary>
[GenerateSerializer, Immutable, Alias("serving.load")]
public sealed class LoadOrder
{
    [Id(0)]
    public required string Model { get; init; }

    [Id(1)]
    public required long Version { get; init; }

    /// <summary>Of the version's files: a silo that sees others refuses.</summary>
    [Id(2)]
    public required string FilesFingerprint { get; init; }

    /// <summary>Of files, configuration and generation: what tells one copy from another.</summary>
    [Id(3)]
    public required string Fingerprint { get; init; }

    /// <summary>A whole configuration as JSON that stands in for the repository's, or null.</summary>
    [Id(4)]
    public string? ConfigJson { get; init; }
}
