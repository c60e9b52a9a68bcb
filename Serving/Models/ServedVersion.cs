using Serving.Batching;
using Serving.Drift.Observing;
using Serving.Routing;

namespace Serving.Models;

/// <summary>A version that is loaded and warm: its signature, its configuration and the loop its requests go through.</summary>
internal sealed class ServedVersion(long number, ModelMetadata metadata, ReadOnlyMemory<byte> configJson, BatchLoop loop) : IDisposable
{
    private ObservationTap? tap;

    public long Number { get; } = number;

    /// <summary>The signature. <see cref="ModelMetadata.Versions"/> is filled in by the table, which knows the neighbours.</summary>
    public ModelMetadata Metadata { get; } = metadata;

    /// <summary>The effective configuration, as <c>/config</c> shows it.</summary>
    public ReadOnlyMemory<byte> ConfigJson { get; } = configJson;

    public BatchLoop Loop { get; } = loop;

    /// <summary>What a request must fit.</summary>
    public RequestCheck Check { get; } = new(metadata);

    /// <summary><c>serving.rollout</c> of the configuration, or null.</summary>
    public ReadOnlyMemory<byte>? AutomaticRollout { get; init; }

    /// <summary>How many copies of it a cluster loads.</summary>
    public required ReplicaConfig Replicas { get; init; }

    /// <summary>How its drift is watched.</summary>
    public required DriftSetup Drift { get; init; }

    /// <summary>Takes observations of its requests; null when nothing is compared. Set by the drift loop, read by every request.</summary>
    public ObservationTap? Tap
    {
        get => Volatile.Read(ref tap);
        set => Volatile.Write(ref tap, value);
    }

    /// <summary>How long its answers lately took, of the requests that are observed. The drift loop's.</summary>
    public RecentLatencies Latencies { get; } = new();

    /// <summary>Resident bytes that loading it added, as measured.</summary>
    public long MemoryBytes { get; set; }

    public ModelStatistics ReadStatistics() => Loop.ReadStatistics(Metadata.Name, Metadata.Version, MemoryBytes);

    /// <summary>Takes no more requests, waits for those it has, then drops the session.</summary>
    public async Task RetireAsync()
    {
        Loop.Close();
        await Loop.Drained.ConfigureAwait(false);
        Dispose();
    }

    public void Dispose()
    {
        Loop.Dispose();
        Loop.Session.Dispose();
    }
}
