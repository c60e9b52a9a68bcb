using Grains.Replicas;
using Serving;
using Serving.Models;

namespace Grains.Hosting;

/// <summary>One version that is loaded, or on its way, in this process; held by one or more replicas. Guarded by its host.</summary>
internal sealed class HostedCopy(string model, long version, string fingerprint)
{
    private volatile bool isGone;

    public string Model { get; } = model;

    public long Version { get; } = version;

    public string Fingerprint { get; } = fingerprint;

    /// <summary>The loaded version; null until loading has ended well.</summary>
    public ServedVersion? Served { get; set; }

    /// <summary>Ends with the loading; null for success.</summary>
    public TaskCompletionSource<HoldFailure?> Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The replicas that stand for it.</summary>
    public HashSet<ReplicaKey> Holders { get; } = [];

    /// <summary>What it takes or, while it is loading, is expected to take.</summary>
    public long Bytes { get; set; }

    /// <summary>It was dropped to make room; those who hold it hold nothing.</summary>
    public bool IsGone
    {
        get => isGone;
        set => isGone = value;
    }
}
