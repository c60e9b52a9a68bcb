using Serving.Models;

namespace Grains.Models;

/// <summary>A <see cref="ReplicaConfig"/> on its way to another process.</summary>
[GenerateSerializer, Immutable, Alias("serving.replica-config")]
public sealed class SentReplicaConfig
{
    [Id(0)]
    public int? Min { get; init; }

    [Id(1)]
    public int? Max { get; init; }

    [Id(2)]
    public double? QueueDelayMs { get; init; }

    public ReplicaConfig ToConfig() => new() { Min = Min, Max = Max, QueueDelayMs = QueueDelayMs };

    public static SentReplicaConfig Of(ReplicaConfig config) => new() { Min = config.Min, Max = config.Max, QueueDelayMs = config.QueueDelayMs };
}
