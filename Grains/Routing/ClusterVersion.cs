using Serving.Models;

namespace Grains.Routing;

/// <summary>A ready version and where it can run. Immutable; what is learnt about silos is in <see cref="SiloLink"/>.</summary>
internal sealed class ClusterVersion(VersionRow row, ModelMetadata metadata, ReplicaLink[] replicas)
{
    public VersionRow Row { get; } = row;

    public ModelMetadata Metadata { get; } = metadata;

    /// <summary>Every replica; empty when the version holds no memory anywhere now.</summary>
    public ReplicaLink[] Replicas { get; } = replicas;

    /// <summary>The copy in this process, which is called without a grain; null when there is none.</summary>
    public ServedVersion? Local { get; } = Array.Find(replicas, r => r.Local is not null)?.Local;
}
