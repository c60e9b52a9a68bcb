using Grains.Models;

namespace Grains.Routing;

/// <summary>A ready version.</summary>
[GenerateSerializer, Immutable, Alias("serving.row.version")]
public sealed class VersionRow
{
    [Id(0)]
    public required SentDescription Description { get; init; }

    /// <summary>Which copy of the version: see <see cref="Grains.Replicas.LoadOrder.Fingerprint"/>.</summary>
    [Id(1)]
    public required string Fingerprint { get; init; }

    /// <summary>See <see cref="Grains.Replicas.LoadOrder.FilesFingerprint"/>.</summary>
    [Id(3)]
    public required string FilesFingerprint { get; init; }

    /// <summary>Loaded replicas; none when the version waits outside memory for its next request.</summary>
    [Id(2)]
    public required ReplicaRow[] Replicas { get; init; }

    /// <summary>Whether the two are of one copy of a version, and the same replicas of it.</summary>
    public bool SaysTheSameAs(VersionRow other) =>
        Description.Version == other.Description.Version && Fingerprint == other.Fingerprint && Replicas.AsSpan().SequenceEqual(other.Replicas);
}
