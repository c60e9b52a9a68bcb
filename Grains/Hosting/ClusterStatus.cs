using Grains.Routing;
using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>How the cluster looks from one silo: for people, probes and dashboards.</summary>
public sealed record ClusterStatus
{
    /// <summary>This silo's name.</summary>
    public required string Silo { get; init; }

    /// <summary><c>loading</c>, <c>ready</c>, <c>cut_off</c> or <c>leaving</c>.</summary>
    public required string State { get; init; }

    /// <summary>Whether what the cluster keeps is there.</summary>
    public required StorageState Storage { get; init; }

    /// <summary>The silos as the route table knows them; empty while it does not answer.</summary>
    public required IReadOnlyList<SiloReport> Silos { get; init; }

    /// <summary>Models that this silo routes to.</summary>
    public required int Models { get; init; }

    /// <summary>Versions that can answer.</summary>
    public required int Versions { get; init; }

    /// <summary>Loaded replicas on silos that live and stay.</summary>
    public required int Replicas { get; init; }

    /// <summary>Replicas on silos that are leaving or gone: about to be placed anew.</summary>
    public required int ReplicasElsewhere { get; init; }

    /// <summary>Versions that are ready but hold no memory anywhere.</summary>
    public required int Parked { get; init; }

    /// <summary>Silos that this one sends no requests to while it can, since they failed one or kept silent.</summary>
    public required IReadOnlyList<string> Suspects { get; init; }
}
