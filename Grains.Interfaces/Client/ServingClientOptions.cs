using Grains.Hosting;

namespace Grains.Client;

/// <summary>How a service reaches the cluster.</summary>
public sealed record ServingClientOptions
{
    /// <summary><c>HOST:PORT</c> of the Redis that keeps the cluster; null for a silo of its own on this machine.</summary>
    public string? Redis { get; init; }

    /// <summary>Which cluster, where several share a Redis: the silos' <c>--cluster-id</c>.</summary>
    public string ClusterId { get; init; } = "serving";

    /// <summary>Without Redis: the silo's <c>--client-port</c>.</summary>
    public int ClientPort { get; init; } = 30000;

    /// <summary>How the connection is encrypted; null for plain.</summary>
    public SiloTlsOptions? Tls { get; init; }

    /// <summary>How long a request without a limit of its own is tried at the most.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the start waits for a silo that answers.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
