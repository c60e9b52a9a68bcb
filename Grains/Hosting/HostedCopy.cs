using Serving.Models;

namespace Grains.Hosting;

/// <summary>One version that is loaded, or on its way, in this process; held by one or more replicas.</summary>
internal sealed class HostedCopy(string model, long version, string fingerprint)
{
    public string Model { get; } = model;

    public long Version { get; } = version;

    public string Fingerprint { get; } = fingerprint;

    /// <summary>The loaded version; null until loading has ended well.</summary>
    public ServedVersion? Served { get; set; }

    /// <summary>Ends with the loading; null for success.</summary>
    public TaskCompletionSource<Serving.ServingError?> Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Replicas that hold it. Guarded by the host.</summary>
    public int Holders { get; set; }
}
